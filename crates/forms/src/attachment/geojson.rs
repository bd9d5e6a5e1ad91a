//! GeoJSON (RFC 7946): a feature a row, its geometry as ODK writes places.

use serde_json::Value;

use super::Rows;

pub(super) fn read(bytes: &[u8]) -> Result<Rows, String> {
    let whole: Value = serde_json::from_slice(bytes).map_err(|e| format!("it is not JSON: {e}"))?;
    let Some(features) = whole.get("features").and_then(Value::as_array) else {
        return Err("it is no GeoJSON FeatureCollection".into());
    };
    Rows::from_named(features.iter().map(row).collect())
}

fn row(feature: &Value) -> Vec<(String, String)> {
    let properties = feature.get("properties").and_then(Value::as_object);
    let id = feature.get("id").or_else(|| properties?.get("id"));
    let mut row = vec![
        ("id".to_owned(), id.map_or_else(String::new, text)),
        ("geometry".to_owned(), feature.get("geometry").map_or_else(String::new, geometry)),
    ];
    for (name, value) in properties.into_iter().flatten().filter(|(name, _)| *name != "id" && *name != "geometry") {
        row.push((name.clone(), text(value)));
    }
    row
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A point, a line, or the outline of an area.
fn geometry(geometry: &Value) -> String {
    let Some(coordinates) = geometry.get("coordinates") else { return String::new() };
    let points: Vec<&Value> = match geometry.get("type").and_then(Value::as_str) {
        Some("Point") => vec![coordinates],
        Some("LineString") => coordinates.as_array().into_iter().flatten().collect(),
        Some("Polygon") => coordinates.get(0).and_then(Value::as_array).into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    let point = |point: &&Value| Some(format!("{} {} 0 0", point.get(1)?, point.get(0)?));
    points.iter().filter_map(point).collect::<Vec<_>>().join("; ")
}
