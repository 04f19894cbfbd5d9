//! `batchtasks export`: the built program, the files that it writes, and what is left when it is stopped.
