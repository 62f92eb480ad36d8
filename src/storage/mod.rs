//! Databases and files behind one door.
