"""Views of the residents' site: each reads its form, makes one call of the domain, answers with a page."""
