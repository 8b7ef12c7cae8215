"""The proofs: the real core over real sockets, against a simulated exchange that misbehaves.

`matrix` lets every fault of the exchange happen at every moment that matters, `soak` plays a
week of trading with random faults, `kills` ends a desk with SIGKILL in the middle of everything,
`test_secrets` looks for keys in all that a desk leaves behind, `test_starvation` trades beside a
thread that takes the interpreter. What must hold afterwards is written once, in `agreement`:
venue and desk say the same of every order, fill, position and book.

The suite holds a short form of each; `make matrix`, `make soak` and `make kills` play the long
ones and print their tables. `chains` measures the numerics on two months of recorded option
chains (`make chains`). `exchange` is the venue as an outsider sees it, `desk` the core as
a test drives it: loop, links, board and nothing of the screen.
"""
