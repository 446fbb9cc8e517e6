def test_x(first_day, spendwatch, capsys):
    for a in (["incident","list","--all"],["rejected","list"],["series"],["explain","/svc|chat-0"],["explain","/svc|gpu-1"],["explain","/svc|own-1"],["explain","/svc|bad-1"]):
        d=spendwatch(*a,"--embedded",first_day)
        with capsys.disabled(): print(d.code,d.out,d.err)
