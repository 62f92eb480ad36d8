"""Serves one model of llama.cpp over HTTP until it is ended: llama-server.py MODEL PORT [TOKENS OF CONTEXT]."""

import sys
import threading

import xllamacpp

model, port = sys.argv[1], int(sys.argv[2])
params = xllamacpp.CommonParams()
params.model.path = model
params.n_ctx = int(sys.argv[3]) if len(sys.argv) > 3 else 2048
params.n_parallel = 1
params.hostnames = ["127.0.0.1"]
params.port = port
params.use_jinja = True
server = xllamacpp.Server(params)
print("listening at", server.listening_address, flush=True)
threading.Event().wait()
