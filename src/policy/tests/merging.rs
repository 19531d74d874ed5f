//! What a child may and may not ask of its base.
