"""What a person is not told of segments: they are conditions, and who is in them follows from the person's details."""

from contacts.subject_access.parts import not_told

not_told.register("segments.Segment", "what operators look for, not what is known of anybody")
