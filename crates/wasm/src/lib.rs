//! The browser's face of `device` and `forms`. See `API.md`.
