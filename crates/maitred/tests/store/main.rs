//! The store: that it keeps exactly what the core decided, whatever happens to the process, the disk or the file.

mod differential;
mod faults;
mod http;
mod kill;
