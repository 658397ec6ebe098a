//! The console in a real browser: the program serves, headless Chromium looks and clicks, and what it shows is compared
//! with what the API says. Every host but our own is mapped to nowhere. One file for each page; what all of them use is
//! in `browser` and `server`.

mod away;
mod balances;
mod board;
mod browser;
mod calendars;
mod check;
#[cfg(target_os = "linux")]
mod clock;
mod contacts;
mod demo;
mod desk;
mod endpoints;
mod entering;
mod first_run;
mod front;
mod hostile;
mod imports;
mod leads;
mod login;
mod month;
mod notifications;
mod offers;
mod operators;
mod own_contacts;
mod pages;
mod phones;
mod presence;
#[path = "../api/push_service.rs"]
#[expect(dead_code, reason = "the API is tested with services that refuse")]
mod push_service;
mod responses;
mod search;
mod selected;
mod server;
#[cfg(target_os = "linux")]
mod simulated_week;
mod sources;
mod story;
#[cfg(target_os = "linux")]
#[path = "../store/switches.rs"]
#[expect(dead_code, reason = "of what can fail only the clock is moved here")]
mod switches;
mod telegram;
mod week;
mod why_waiting;
