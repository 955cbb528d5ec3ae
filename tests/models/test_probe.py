import time
from tests.world import World
async def test_probe(world: World) -> None:
    a = time.time(); await world.file_tip(); print("file", time.time()-a)
