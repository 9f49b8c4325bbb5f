import collections, pytest, atexit, tests.test_model as t
from hubbub.hub import Hub
C=collections.Counter()
def wrap(cls,name):
    f=getattr(cls,name)
    if __import__('inspect').iscoroutinefunction(f):
        async def g(*a,**k):
            C[name]+=1; return await f(*a,**k)
    else:
        def g(*a,**k):
            C[name]+=1; return f(*a,**k)
    setattr(cls,name,g)
for n in "_give_up _rewind _close_gap _hold _arrive _arrive_fresh repair _repair_soon join".split(): wrap(Hub,n)
for n in "join prepend begin rename".split(): wrap(t.Client,n)
def test_it(small_limits):
    t.run(t.Conversation, 80)
    print(C)
from tests.test_model import small_limits
