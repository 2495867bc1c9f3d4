#include "lookup_table.hpp"

#include <algorithm>

#include <simdjson.h>

#include "vedette/base/text.hpp"

namespace vedette::query {

using model::Value;

struct LookupTable::Rows {
  std::vector<std::string> names;
  std::vector<std::vector<Value>> cells;  // a row may be shorter than `names`

  std::size_t column(std::string_view name) {
    const auto it = index.find(std::string(name));
    if (it != index.end()) return it->second;
    index.emplace(name, names.size());
    names.emplace_back(name);
    return names.size() - 1;
  }
  std::unordered_map<std::string, std::size_t> index;
};

namespace {

constexpr std::size_t kMaxColumns = 1000;

// Takes a cell from the front of `text`. `row_ends` is set if it was the last of its row. False if a quote is
// not closed.
bool take_cell(std::string_view& text, std::string& cell, bool& row_ends) {
  cell.clear();
  if (text.starts_with('"')) {
    std::size_t at = 1;
    for (;; ++at) {
      if (at >= text.size()) return false;
      if (text[at] != '"') {
        cell += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        cell += text[at++];
      } else {
        break;
      }
    }
    text.remove_prefix(at + 1);
  }
  const std::size_t end = std::min(text.find_first_of(",\n"), text.size());
  cell += text.substr(0, end);
  row_ends = end >= text.size() || text[end] == '\n';
  if (row_ends && cell.ends_with('\r')) cell.pop_back();
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

base::Error broken(const std::string& file, std::size_t line, std::string_view why) {
  return base::make_error(base::ErrorCode::corrupt,
                          "lookup file " + file + ", row " + std::to_string(line) + ": " + std::string(why));
}

Value json_value(const simdjson::dom::element& element, base::Arena& arena) {
  switch (element.type()) {
    case simdjson::dom::element_type::STRING:
      return Value::string(arena.copy(element.get_string().value()));
    case simdjson::dom::element_type::INT64:
      return Value::integer(element.get_int64().value());
    case simdjson::dom::element_type::UINT64:
      return Value::string(arena.copy(std::to_string(element.get_uint64().value())));
    case simdjson::dom::element_type::DOUBLE:
      return Value::real(element.get_double().value());
    case simdjson::dom::element_type::BOOL:
      return Value::boolean(element.get_bool().value());
    case simdjson::dom::element_type::ARRAY: {
      std::vector<Value> items;
      const simdjson::dom::array array = element.get_array().value();
      for (const simdjson::dom::element item : array) {
        if (item.is_array() || item.is_object()) {
          items.push_back(Value::string(arena.copy(simdjson::minify(item))));
        } else {
          items.push_back(json_value(item, arena));
        }
      }
      auto list = arena.allocate_array<Value>(items.size());
      std::copy(items.begin(), items.end(), list.begin());
      return Value::list(list);
    }
    case simdjson::dom::element_type::OBJECT:
      return Value::string(arena.copy(simdjson::minify(element)));
    default:
      return Value::null();
  }
}

}  // namespace

base::Status LookupTable::read_csv(const std::string& file, std::string_view text, Rows& rows) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string cell;
  for (std::size_t line = 1; !text.empty(); ++line) {
    std::vector<Value> cells;
    for (bool row_ends = false; !row_ends;) {
      if (!take_cell(text, cell, row_ends)) return broken(file, line, "a quote is not closed");
      if (cells.size() >= kMaxColumns || rows.names.size() >= kMaxColumns)
        return broken(file, line, "too many columns");
      if (line == 1) {
        if (rows.column(cell) + 1 != rows.names.size())
          return broken(file, line, "two columns have the name " + cell);
        cells.emplace_back();
      } else {
        cells.push_back(cell.empty() ? Value::null() : Value::string(arena_.copy(cell)));
      }
      if (cells.size() < rows.names.size() && line == 1) cells.resize(rows.names.size());
    }
    const bool blank = cells.size() == 1 && cells[0].is_null();
    if (line == 1 || (blank && rows.names.size() > 1)) continue;
    if (cells.size() > rows.names.size()) return broken(file, line, "more cells than the header has");
    rows.cells.push_back(std::move(cells));
  }
  return base::ok_status();
}

base::Status LookupTable::read_ndjson(const std::string& file, std::string_view text, Rows& rows) {
  simdjson::dom::parser parser;
  std::size_t line = 0;
  for (const std::string_view raw : base::split(text, '\n')) {
    ++line;
    const std::string_view trimmed = base::trim(raw);
    if (trimmed.empty()) continue;
    simdjson::dom::element root;
    simdjson::dom::object object;
    if (parser.parse(trimmed.data(), trimmed.size()).get(root) != simdjson::SUCCESS ||
        root.get(object) != simdjson::SUCCESS) {
      return broken(file, line, "not a JSON object");
    }
    std::vector<Value> cells;
    for (const auto& field : object) {
      const std::size_t column = rows.column(field.key);
      if (column >= kMaxColumns) return broken(file, line, "too many columns");
      if (column >= cells.size()) cells.resize(column + 1);
      cells[column] = json_value(field.value, arena_);
    }
    rows.cells.push_back(std::move(cells));
  }
  return base::ok_status();
}

base::Status LookupTable::index(const std::string& file, const Rows& rows, const std::string& key,
                                const std::vector<std::string>& output) {
  const auto position = [&](const std::string& name) -> base::Result<std::size_t> {
    const auto it = rows.index.find(name);
    if (it != rows.index.end()) return it->second;
    std::string there;
    for (const std::string& column : rows.names) there += (there.empty() ? "" : ", ") + column;
    return base::make_error(base::ErrorCode::invalid_argument,
                            "lookup file " + file + " has no column " + name + "; it has: " + there);
  };
  TRY_ASSIGN(const std::size_t key_column, position(key));
  std::vector<std::size_t> wanted;
  for (const std::string& name : output) {
    TRY_ASSIGN(const std::size_t column, position(name));
    wanted.push_back(column);
  }
  for (std::size_t column = 0; output.empty() && column < rows.names.size(); ++column) {
    if (column != key_column) wanted.push_back(column);
  }
  for (const std::size_t column : wanted) columns_.push_back(rows.names[column]);
  for (const std::vector<Value>& cells : rows.cells) {
    if (key_column >= cells.size() || cells[key_column].is_null()) continue;
    for (const Value& item : cells[key_column].elements()) {
      model::TextBuffer buffer;
      const std::string_view text = model::text_of(item, buffer);
      if (!first_.contains(text)) first_.emplace(arena_.copy(text), values_.size());
    }
    for (const std::size_t column : wanted)
      values_.push_back(column < cells.size() ? cells[column] : Value::null());
  }
  return base::ok_status();
}

base::Result<std::unique_ptr<LookupTable>> LookupTable::read(const std::string& file, std::string_view text,
                                                             const std::string& key,
                                                             const std::vector<std::string>& output) {
  if (text.size() > kMaxLookupBytes) {
    return base::make_error(base::ErrorCode::limit, "lookup file " + file + " is larger than 256 MiB");
  }
  auto table = std::make_unique<LookupTable>();
  Rows rows;
  const std::string lower = base::to_lower_ascii(file);
  const bool json = lower.ends_with(".ndjson") || lower.ends_with(".jsonl") || lower.ends_with(".json");
  TRY(json ? table->read_ndjson(file, text, rows) : table->read_csv(file, text, rows));
  TRY(table->index(file, rows, key, output));
  return table;
}

const Value* LookupTable::find(std::string_view key) const {
  const auto it = first_.find(key);
  static const Value kNone;
  if (it == first_.end()) return nullptr;
  return values_.empty() ? &kNone : &values_[it->second];
}

}  // namespace vedette::query
