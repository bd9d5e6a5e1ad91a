//! The web apps, embedded: the collector at `/collect/`, the console at `/console/`.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../web/collect/dist"]
#[allow_missing = true]
struct Collect;

#[derive(RustEmbed)]
#[folder = "../../web/console/dist"]
#[allow_missing = true]
struct Console;

const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                   img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; \
                   base-uri 'none'; form-action 'self'";

const NOT_BUILT: &str = "<!doctype html><title>Quipu</title><p>The web apps are not built. Run <code>make web</code>.";

/// `GET /`.
pub async fn home() -> Redirect {
    Redirect::temporary("/console/")
}

/// `GET /collect`: relative addresses need the slash.
pub async fn collect_root() -> Redirect {
    Redirect::permanent("/collect/")
}

/// `GET /console`.
pub async fn console_root() -> Redirect {
    Redirect::permanent("/console/")
}

/// `GET /collect/…`.
pub async fn collect(path: Option<Path<String>>) -> Response {
    serve(path.as_ref().map_or("", |path| path.as_str()), Collect::get)
}

/// `GET /console/…`.
pub async fn console(path: Option<Path<String>>) -> Response {
    serve(path.as_ref().map_or("", |path| path.as_str()), Console::get)
}

fn serve(path: &str, get: fn(&str) -> Option<EmbeddedFile>) -> Response {
    let page = path.is_empty() || !path.contains('.');
    let name = if page { "index.html" } else { path };
    match get(name) {
        Some(file) => {
            // Names of built files carry a hash of their content; pages and the service worker do not.
            let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            let headers = [
                (header::CONTENT_TYPE, mime(name)),
                (header::CACHE_CONTROL, cache),
                (header::CONTENT_SECURITY_POLICY, CSP),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (headers, file.data.into_owned()).into_response()
        }
        None if page => {
            (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        Some("geojson") => "application/geo+json",
        _ => "application/octet-stream",
    }
}
