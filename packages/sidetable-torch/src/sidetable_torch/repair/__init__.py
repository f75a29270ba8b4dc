"""What `install` puts into PyTorch and `uninstall` takes out again, one module per seam.

* `bindings`: which objects the indices mean here and now.
* `table`: PyTorch's module, whose dictionary, list and functions show those bindings.
* `calls`: the calls of compiled functions, and what compiles inside them.
* `backward`: the backward nodes, which find what their forward had.
* `shape`: what PyTorch has to look like, and everything that is replaced in it.
* `patches`: replacing, and putting back.

Nothing here is imported before `sidetable_torch.install()` runs.
"""
