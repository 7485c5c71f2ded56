from dataclasses import dataclass


@dataclass(frozen=True)
class BatchOptions: ...


async def ask_in_batches(*a): ...
