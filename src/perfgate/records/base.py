"""The base of everything that is written to a file and read back, perhaps by another version or from a stranger."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A frozen value. Unknown keys are refused, and so are infinities and NaN: unknown is `None`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# Units: one base unit inside; `report.numbers` alone formats. A field's type says what its number is.
Seconds = Annotated[float, Field(description="seconds")]
PerSecond = Annotated[float, Field(description="per second")]
Bytes = Annotated[int, Field(ge=0, description="bytes")]
Ratio = Annotated[float, Field(description="a ratio: 0.05 is 5 %")]
Share = Annotated[float, Field(ge=0, le=1, description="a share of a whole, from 0 to 1")]
Count = Annotated[int, Field(ge=0)]
