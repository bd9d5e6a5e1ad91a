//! Between Rust and JavaScript: errors, bytes, steps.

use std::collections::BTreeMap;

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tsify::Tsify;
use wasm_bindgen::{JsCast, JsValue};

/// An `Error` whose message is the code and whose cause is the sentence.
pub fn error(code: &str, text: &str) -> JsValue {
    let error = js_sys::Error::new(code);
    error.set_cause(&JsValue::from_str(text));
    error.into()
}

/// Why the device refused.
pub fn device_error(refused: device::Error) -> JsValue {
    error(refused.code(), &refused.to_string())
}

/// An argument of the wrong shape: the app is wrong, not the person.
pub fn argument(what: &str, text: &str) -> JsValue {
    error("app/argument", &format!("{what}: {text}"))
}

/// Reads a plain object.
pub fn read<T: DeserializeOwned>(what: &str, value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|wrong| argument(what, &wrong.to_string()))
}

/// Writes a plain object: maps as objects, absent values as `undefined`.
pub fn write(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).map_err(|wrong| argument("result", &wrong.to_string()))
}

/// The phone's clock, and how far its zone is from UTC.
#[derive(serde::Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
struct Now {
    /// Microseconds since 1970.
    us: f64,
    /// Minutes; east is positive.
    offset_min: f64,
}

/// Reads a `Now`.
pub fn now(value: JsValue) -> Result<device::Now, JsValue> {
    let given: Now = read("now", value)?;
    Ok(device::Now { us: given.us as i64, offset_min: given.offset_min.clamp(-840.0, 840.0) as i16 })
}

/// Exactly `N` random bytes.
pub fn entropy<const N: usize>(bytes: &[u8]) -> Result<[u8; N], JsValue> {
    bytes.try_into().map_err(|_| argument("entropy", &format!("{N} bytes are needed, {} came", bytes.len())))
}

/// Records as `[key, bytes]` pairs.
pub fn records(array: &Array) -> Result<Vec<(String, Vec<u8>)>, JsValue> {
    let wrong = || argument("records", "pairs of a key and a Uint8Array are needed");
    let pair = |value: JsValue| {
        let pair: Array = value.dyn_into().map_err(|_| wrong())?;
        let key = pair.get(0).as_string().ok_or_else(wrong)?;
        let bytes: Uint8Array = pair.get(1).dyn_into().map_err(|_| wrong())?;
        Ok((key, bytes.to_vec()))
    };
    array.iter().map(pair).collect()
}

/// A change of the phone's store, and what is to be sent after it.
#[derive(Serialize, Tsify)]
pub struct Step {
    /// 0: nothing to store. Otherwise see "Storing a step" in API.md.
    generation: f64,
    #[tsify(type = "StoreRecord[]")]
    puts: Vec<(String, Bytes)>,
    deletes: Vec<String>,
    /// Sent only after puts and deletes are stored.
    #[tsify(optional)]
    request: Option<Request>,
    /// Without a request: this record is to be read and given to `upload`.
    #[tsify(optional)]
    wanted: Option<String>,
    /// To be told to the person; the words are the app's.
    notices: Vec<Notice>,
}

#[derive(Serialize, Tsify)]
struct Request {
    id: f64,
    #[tsify(type = r#""GET" | "POST" | "PUT""#)]
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

#[derive(Serialize, Tsify)]
struct Notice {
    code: String,
    #[tsify(type = "Record<string, string>")]
    params: BTreeMap<String, String>,
}

impl From<device::Step> for Step {
    fn from(step: device::Step) -> Step {
        let request = step.request.map(|request| Request {
            id: request.id as f64,
            method: request.method,
            path: request.path,
            headers: request.headers,
            body: Bytes(request.body),
        });
        Step {
            generation: step.generation as f64,
            puts: step.puts.into_iter().map(|(key, value)| (key, Bytes(value))).collect(),
            deletes: step.deletes,
            request,
            wanted: step.wanted,
            notices: step.notices.into_iter().map(|told| Notice { code: told.code, params: told.params }).collect(),
        }
    }
}

/// A step as the app takes it.
pub fn step(step: device::Step) -> Result<JsValue, JsValue> {
    write(&Step::from(step))
}

/// Bytes that cross as `Uint8Array` in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a Uint8Array")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}
