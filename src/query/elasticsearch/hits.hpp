// Hits: which parts of an event are shown, and their JSON.
#pragma once

#include <string>
#include <vector>

#include "elasticsearch/body.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/search.hpp"

namespace vedette::query::es {

struct SortPart {
  model::SortKey key;
  bool is_score = false;  // _score: no order, since there is no scoring
};

struct ShownField {
  std::string pattern, format;
};

struct HitOptions {
  bool source = true;
  std::vector<std::string> includes, excludes;  // patterns; no includes: all
  std::vector<ShownField> fields;
  std::vector<SortPart> sort;  // empty: no sort values are shown
  bool version = false, seq_no = false;
};

base::Status parse_source(const Node& node, HitOptions& options);
base::Status parse_fields(const Node& node, HitOptions& options);
base::Status parse_sort(const Node& node, HitOptions& options);
std::vector<model::SortKey> sort_keys(const HitOptions& options);
// SearchRequest::after that continues behind the event.
std::vector<model::Literal> cursor_after(const model::Event& event, const std::vector<model::SortKey>& sort);
// The patterns of fields that rows must carry; empty: all.
std::vector<std::string> needed_fields(const HitOptions& options);

void append_hit(base::JsonWriter& json, const model::Event& event, const HitOptions& options);
// Dotted names as nested objects, "@timestamp" first. Where one name is a prefix of another (a and a.b), the
// longer keeps its dots.
void append_source(base::JsonWriter& json, const model::Event& event, const HitOptions& options);

}  // namespace vedette::query::es
