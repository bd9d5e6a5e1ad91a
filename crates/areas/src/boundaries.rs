//! Boundaries of areas, kept apart from the tree: only maps need them.

use hashbrown::HashMap;
use types::AreaId;

/// GeoJSON geometries by area.
#[derive(Clone, Debug, Default)]
pub struct Boundaries {
    geometries: HashMap<AreaId, String>,
}

impl Boundaries {
    /// A GeoJSON Polygon or MultiPolygon whose positions are longitudes and latitudes; else why not.
    pub fn check(geometry: &serde_json::Value) -> Result<(), String> {
        let depth = match geometry["type"].as_str() {
            Some("Polygon") => 2,
            Some("MultiPolygon") => 3,
            other => return Err(format!("the boundary is a {other:?}; it must be a Polygon or MultiPolygon")),
        };
        fn positions(value: &serde_json::Value, depth: u32) -> bool {
            match value.as_array() {
                Some(inner) if depth > 0 => !inner.is_empty() && inner.iter().all(|inner| positions(inner, depth - 1)),
                Some(position) => match position[..] {
                    [ref x, ref y, ..] => {
                        x.as_f64().is_some_and(|x| x.abs() <= 180.0) && y.as_f64().is_some_and(|y| y.abs() <= 90.0)
                    }
                    _ => false,
                },
                None => false,
            }
        }
        if positions(&geometry["coordinates"], depth) {
            Ok(())
        } else {
            Err("the boundary has positions that are not [longitude, latitude] in WGS 84".into())
        }
    }

    /// Keeps a geometry (GeoJSON text).
    pub fn insert(&mut self, area: AreaId, geometry: String) {
        self.geometries.insert(area, geometry);
    }

    /// The geometry of an area.
    pub fn get(&self, area: AreaId) -> Option<&str> {
        self.geometries.get(&area).map(String::as_str)
    }

    /// How many areas have one.
    pub fn len(&self) -> usize {
        self.geometries.len()
    }

    /// No area has one.
    pub fn is_empty(&self) -> bool {
        self.geometries.is_empty()
    }

    /// A FeatureCollection of these areas; where one has no boundary, a shape is generated and marked so.
    /// Properties: `id`, `generated`.
    pub fn features(&self, areas: &[AreaId]) -> String {
        let generated = crate::outline::generated(areas.len());
        let features: Vec<String> = areas
            .iter()
            .zip(generated)
            .map(|(area, shape)| {
                let (geometry, generated) = match self.get(*area) {
                    Some(geometry) => (geometry.to_owned(), false),
                    None => (shape, true),
                };
                let id = area.0;
                format!(r#"{{"type":"Feature","id":{id},"properties":{{"id":{id},"generated":{generated}}},"geometry":{geometry}}}"#)
            })
            .collect();
        format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_boundary_is_generated_and_says_so() {
        let mut boundaries = Boundaries::default();
        boundaries.insert(AreaId(1), r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#.into());
        let features: serde_json::Value = serde_json::from_str(&boundaries.features(&[AreaId(1), AreaId(2)])).unwrap();
        assert_eq!(features["features"][0]["properties"]["generated"], false);
        assert_eq!(features["features"][1]["properties"]["generated"], true);
        assert_eq!(Boundaries::check(&features["features"][1]["geometry"]), Ok(()));
    }
}
