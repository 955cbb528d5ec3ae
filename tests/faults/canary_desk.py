class Desk:
    pass
def watch(folder, ledger): pass
