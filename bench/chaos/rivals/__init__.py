"""
The same work in other frameworks' documented ways, to be held beside ours.

Each reads incoming-tickets, asks the language model once, and writes ticket-processed. A call
that fails is tried again, as anybody would do it, so what is lost is not lost by that; one of
them tries once, as the documentation's examples do, to show what an error does.
"""
