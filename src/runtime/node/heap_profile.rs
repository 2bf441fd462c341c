//! Sampling heap profiles as JSON: the developer tools' `.heapprofile`, as Node writes it.

use std::fmt::Write;

use crate::engine::inspection::{HeapNode, HeapProfile, HeapSample};

pub fn to_json(profile: &HeapProfile) -> String {
    let mut json = String::from("{\"samples\":[");
    for (index, sample) in profile.samples.iter().enumerate() {
        json.push_str(if index == 0 { "" } else { "," });
        write_sample(&mut json, sample, profile.knows_liveness);
    }
    json.push_str("],\"head\":");
    write_nodes(&mut json, profile);
    json.push('}');
    json
}

fn write_sample(json: &mut String, sample: &HeapSample, knows_liveness: bool) {
    let size = sample.object_size * u64::from(sample.count);
    put(json, format_args!("{{\"size\":{size},"));
    if knows_liveness {
        let (object_size, count) = (sample.object_size, sample.count);
        put(
            json,
            format_args!("\"objectSize\":{object_size},\"objectCount\":{count},"),
        );
    }
    put(
        json,
        format_args!("\"nodeId\":{},\"ordinal\":{}", sample.node_id, sample.ordinal),
    );
    if knows_liveness {
        put(json, format_args!(",\"isLive\":{}", sample.is_live));
    }
    json.push('}');
}

/// Each node is written before its children, and closed after the last of them.
fn write_nodes(json: &mut String, profile: &HeapProfile) {
    let mut open = 0;
    for node in &profile.nodes {
        let is_first_child = node.depth == open;
        while open > node.depth {
            json.push_str("]}");
            open -= 1;
        }
        if !is_first_child {
            json.push(',');
        }
        write_node(json, node, profile.knows_liveness);
        open = node.depth + 1;
    }
    for _ in 0..open {
        json.push_str("]}");
    }
}

/// Up to and including the bracket that opens its list of children.
fn write_node(json: &mut String, node: &HeapNode, has_count: bool) {
    put(json, format_args!("{{\"selfSize\":{},", node.self_size));
    if has_count {
        put(json, format_args!("\"selfCount\":{},", node.self_count));
    }
    let (line, column) = (node.line_number - 1, node.column_number - 1);
    put(
        json,
        format_args!(
            "\"id\":{},\"callFrame\":{{\"scriptId\":{},\"lineNumber\":{line},\"columnNumber\":{column},\"functionName\":",
            node.id, node.script_id,
        ),
    );
    write_text(json, &node.function_name);
    json.push_str(",\"url\":");
    write_text(json, &node.url);
    json.push_str("},\"children\":[");
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                json.push('\\');
                json.push(character);
            }
            '\0'..='\x1f' => put(json, format_args!("\\u{:04x}", character as u32)),
            _ => json.push(character),
        }
    }
    json.push('"');
}

fn put(json: &mut String, arguments: std::fmt::Arguments) {
    json.write_fmt(arguments).expect("a String takes everything");
}
