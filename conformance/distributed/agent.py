"""How does torchrun end with the process that started it? It is told so before it begins."""

from conformance.watching.processes import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    from torch.distributed.run import main

    main()
