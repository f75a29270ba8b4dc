"""How the kit proves that its checks can turn red, each for the reason that it is there for."""
