"""The words, the arrays, the kernels and the stores: everything that stands on no other folder of ours."""
