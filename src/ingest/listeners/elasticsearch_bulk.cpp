#include "listeners/elasticsearch_bulk.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <simdjson.h>

#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxIndexBytes = 255;
constexpr std::size_t kMaxIdBytes = 512;
constexpr std::string_view kDataStreamTypes[] = {"logs", "metrics", "traces", "synthetics"};

// One action line, understood.
struct BulkAction {
  EsOp op = EsOp::index;
  std::string_view index, id;  // live until the next line is parsed
  bool has_index = false, has_id = false;
  std::string refused;  // a parameter that would change the meaning
};

std::optional<EsOp> bulk_op(std::string_view name) {
  for (std::size_t i = 0; i < kEsOps; ++i) {
    if (es_op_name(static_cast<EsOp>(i)) == name) return static_cast<EsOp>(i);
  }
  return std::nullopt;
}

bool is_conditional(std::string_view key) {
  return key == "if_seq_no" || key == "if_primary_term" || key == "version" || key == "version_type";
}

std::string_view shortened(std::string_view text, std::size_t most) {
  return text.substr(0, std::min(text.size(), most));
}

// Walks the lines of a body that ends in a line feed.
class BulkLines {
 public:
  explicit BulkLines(std::string_view body) : body_(body) {}
  bool at_end() const { return at_ >= body_.size(); }
  std::size_t number() const { return number_; }  // of the line last taken, from 1

  // Without its line end; its place in the body goes to `offset`.
  std::string_view take(std::size_t& offset) {
    offset = at_;
    const void* found = std::memchr(body_.data() + at_, '\n', body_.size() - at_);
    const std::size_t end = found == nullptr
                                ? body_.size()
                                : static_cast<std::size_t>(static_cast<const char*>(found) - body_.data());
    std::string_view line = body_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

 private:
  const std::string_view body_;
  std::size_t at_ = 0, number_ = 0;
};

class BulkActionParser {
 public:
  explicit BulkActionParser(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // The fault is without its line.
  std::optional<std::string> parse(std::string_view line, BulkAction& action) {
    if (line.size() > max_bytes_) return "is longer than " + std::to_string(max_bytes_) + " bytes";
    buffer_.resize(std::max(buffer_.size(), line.size() + simdjson::SIMDJSON_PADDING));
    std::memcpy(buffer_.data(), line.data(), line.size());
    std::memset(buffer_.data() + line.size(), 0, simdjson::SIMDJSON_PADDING);
    action = BulkAction{};
    ondemand::document document;
    ondemand::object object;
    if (parser_.iterate(buffer_.data(), line.size(), buffer_.size()).get(document) != simdjson::SUCCESS) {
      return "is not JSON";
    }
    if (document.get_object().get(object) != simdjson::SUCCESS) return "is not an object";
    std::size_t actions = 0;
    for (auto field : object) {
      std::string_view name;
      ondemand::object parameters;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return "is not JSON";
      const auto op = bulk_op(name);
      if (!op || ++actions > 1) {
        return "expected field [create], [delete], [index] or [update] but found [" +
               std::string(shortened(name, 64)) + "]";
      }
      action.op = *op;
      if (field.value().get_object().get(parameters) != simdjson::SUCCESS) return "expected START_OBJECT";
      if (!read_parameters(parameters, action)) return "has parameters that are not JSON";
    }
    if (actions == 0) return "expected FIELD_NAME but found [END_OBJECT]";
    if (document.current_location().error() == simdjson::SUCCESS) return "has text after its object";
    return std::nullopt;
  }

 private:
  static bool read_parameters(ondemand::object& parameters, BulkAction& action) {
    for (auto field : parameters) {
      std::string_view key;
      ondemand::value value;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      if (field.value().get(value) != simdjson::SUCCESS) return false;
      if (!read_parameter(key, value, action)) return false;
    }
    return true;
  }

  static bool read_parameter(std::string_view key, ondemand::value& value, BulkAction& action) {
    ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == ondemand::json_type::object || type == ondemand::json_type::array) return true;
    std::string_view text;
    if (type == ondemand::json_type::string) {
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
    } else if (type == ondemand::json_type::number) {
      double ignored = 0;
      text = base::trim(value.raw_json_token());
      if (value.get_double().get(ignored) != simdjson::SUCCESS) return false;
    } else if (type == ondemand::json_type::null) {
      bool null = false;
      return value.is_null().get(null) == simdjson::SUCCESS && null;
    } else {
      bool ignored = false;
      return value.get_bool().get(ignored) == simdjson::SUCCESS;
    }
    if (key == "_index") {
      action.index = text;
      action.has_index = true;
    } else if (key == "_id") {
      action.id = text;
      action.has_id = true;
    } else if (key == "op_type" && text == "create" && action.op == EsOp::index) {
      action.op = EsOp::create;
    } else if (is_conditional(key)) {
      action.refused = key;
    }
    return true;
  }

  const std::size_t max_bytes_;
  ondemand::parser parser_;
  std::string buffer_;
};

std::string not_json_object(std::string_view document) {
  return document.empty() ? "the document is empty" : "the document is not a JSON object";
}

}  // namespace

std::string_view es_op_name(EsOp op) {
  switch (op) {
    case EsOp::index:
      return "index";
    case EsOp::create:
      return "create";
    case EsOp::update:
      return "update";
    case EsOp::remove:
      return "delete";
  }
  return "index";
}

std::string_view es_dataset(std::string_view index) {
  for (const std::string_view type : kDataStreamTypes) {
    if (!index.starts_with(type) || index.size() <= type.size() || index[type.size()] != '-') continue;
    const std::string_view rest = index.substr(type.size() + 1);
    const std::size_t dash = rest.find('-');
    if (dash == 0 || dash == std::string_view::npos || dash + 1 == rest.size()) return index;
    return rest.substr(0, dash);
  }
  return index;
}

std::optional<std::string> es_index_fault(std::string_view index) {
  if (index.empty()) return "must not be empty";
  if (index == "." || index == "..") return "must not be '.' or '..'";
  if (index.size() > kMaxIndexBytes)
    return "index name is too long, (" + std::to_string(index.size()) + " > 255)";
  if (index[0] == '_' || index[0] == '-' || index[0] == '+') return "must not start with '_', '-', or '+'";
  for (const char c : index) {
    if (c >= 'A' && c <= 'Z') return "must be lowercase";
    if (static_cast<unsigned char>(c) < 0x20 ||
        std::string_view("\\/*?\"<>| ,#:").find(c) != std::string_view::npos) {
      return "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?, #, :] or control "
             "characters";
    }
  }
  if (!base::is_valid_utf8(index)) return "must be UTF-8";
  return std::nullopt;
}

namespace {

// Adds items to a bulk, and records of those that are events to its batch.
class BulkBuilder {
 public:
  BulkBuilder(const EsBulkLimits& limits, EsBulk& bulk, model::RawBatch& batch)
      : limits_(limits), bulk_(bulk), batch_(batch) {}

  void add(const BulkAction& action, std::string_view index, std::string_view document, std::size_t offset) {
    EsItem& item = begin(action, index);
    if (auto error = fault_of(action, index, document)) {
      error->document = document;
      return refuse(item, std::move(*error));
    }
    item.record = static_cast<std::uint32_t>(batch_.records.size());
    model::RawRecord& record = batch_.records.emplace_back();
    record.offset = static_cast<std::uint32_t>(offset);
    record.size = static_cast<std::uint32_t>(document.size());
    record.id = item.id;
    record.must_be_new = action.op == EsOp::create && action.has_id;
    record.dataset = dataset_;
  }

  void refuse_without_document(const BulkAction& action, std::string_view index) {
    refuse(begin(action, index), EsError{400, "illegal_argument_exception",
                                         "no document follows the action: the body ends after it"});
  }

  void refuse_operation(const BulkAction& action, std::string_view index) {
    std::string reason = "events are kept as they came: [" + std::string(es_op_name(action.op)) +
                         "] is not supported, only [index] and [create] are";
    EsError error{400, "illegal_argument_exception", std::move(reason)};
    error.label = "unsupported";
    refuse(begin(action, index), std::move(error));
  }

 private:
  EsItem& begin(const BulkAction& action, std::string_view index) {
    remember_index(index);
    EsItem& item = bulk_.items.emplace_back();
    item.op = action.op;
    item.index = index_number_;
    item.id = shortened(action.id, kMaxIdBytes);
    return item;
  }

  void refuse(EsItem& item, EsError error) {
    item.error = static_cast<std::uint32_t>(bulk_.errors.size());
    bulk_.errors.push_back(std::move(error));
  }

  // Items of one index mostly follow each other.
  void remember_index(std::string_view index) {
    if (known_ && index == index_) return;
    known_ = true;
    index_ = index;
    const auto fault = es_index_fault(index);
    index_fault_ = fault ? "Invalid index name [" + base::to_valid_utf8(shortened(index, kMaxIndexBytes)) +
                               "], " + *fault
                         : "";
    dataset_ = fault ? std::string_view() : es_dataset(index);
    const auto [at, is_new] = numbers_.emplace(shortened(index, kMaxIndexBytes + 1),
                                               static_cast<std::uint32_t>(bulk_.indices.size()));
    if (is_new) bulk_.indices.emplace_back(shortened(index, kMaxIndexBytes));
    index_number_ = at->second;
  }

  std::optional<EsError> fault_of(const BulkAction& action, std::string_view index,
                                  std::string_view document) {
    if (index.empty())
      return EsError{400, "action_request_validation_exception", "Validation Failed: 1: index is missing;"};
    if (!index_fault_.empty()) return EsError{400, "invalid_index_name_exception", index_fault_};
    if (action.has_id && action.id.empty()) {
      return EsError{400, "illegal_argument_exception", "if _id is specified it must not be empty"};
    }
    if (action.id.size() > kMaxIdBytes) {
      return EsError{
          400, "illegal_argument_exception",
          "id is too long, must be no longer than 512 bytes but was: " + std::to_string(action.id.size())};
    }
    if (!action.refused.empty()) {
      return EsError{400, "illegal_argument_exception",
                     "the parameter [" + action.refused + "] is not supported"};
    }
    if (document.size() > limits_.max_event_bytes) {
      return EsError{413, "illegal_argument_exception",
                     "the document has " + std::to_string(document.size()) +
                         " bytes, more than max_event_bytes (" + std::to_string(limits_.max_event_bytes) +
                         ")",
                     "too_large"};
    }
    const std::string_view trimmed = base::trim(document);
    if (trimmed.empty() || trimmed.front() != '{') {
      return EsError{400, "mapper_parsing_exception", "failed to parse: " + not_json_object(trimmed)};
    }
    return std::nullopt;
  }

  const EsBulkLimits& limits_;
  EsBulk& bulk_;
  model::RawBatch& batch_;
  bool known_ = false;
  std::string index_, index_fault_, dataset_;
  std::uint32_t index_number_ = 0;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of indices
};

EsError malformed_action(std::size_t line, const std::string& what) {
  return {400, "illegal_argument_exception",
          "Malformed action/metadata line [" + std::to_string(line) + "], " + what};
}

}  // namespace

std::optional<EsError> parse_es_bulk(std::string_view body, std::string_view default_index,
                                     const EsBulkLimits& limits, EsBulk& bulk, model::RawBatch& batch) {
  if (base::trim(body).empty()) return EsError{400, "parse_exception", "request body is required"};
  if (!body.ends_with('\n')) {
    return EsError{400, "illegal_argument_exception",
                   "The bulk request must be terminated by a newline [\\n]"};
  }
  BulkLines lines(body);
  BulkActionParser parser(limits.max_action_bytes);
  BulkBuilder builder(limits, bulk, batch);
  BulkAction action;
  std::string_view last;  // the action line that `action` came from
  while (!lines.at_end()) {
    std::size_t offset = 0;
    const std::string_view line = lines.take(offset);
    if (line.empty()) continue;
    if (bulk.items.size() >= limits.max_items) {
      return EsError{413, "illegal_argument_exception",
                     "a bulk request holds at most " + std::to_string(limits.max_items) + " items"};
    }
    if (last.empty() || line != last) {
      last = {};
      if (const auto fault = parser.parse(line, action)) return malformed_action(lines.number(), *fault);
      last = line;
    }
    const std::string_view index = action.has_index ? action.index : default_index;
    if (action.op == EsOp::remove) {
      builder.refuse_operation(action, index);
      continue;
    }
    if (lines.at_end()) {
      builder.refuse_without_document(action, index);
      break;
    }
    const std::string_view document = lines.take(offset);
    if (action.op == EsOp::update) {
      builder.refuse_operation(action, index);
    } else {
      builder.add(action, index, document, offset);
    }
  }
  return std::nullopt;
}

void add_es_document(std::string_view body, EsOp op, std::string_view index, std::string_view id,
                     const EsBulkLimits& limits, EsBulk& bulk, model::RawBatch& batch) {
  const std::string_view document = base::trim(body);
  BulkAction action;
  action.op = op;
  action.id = id;
  action.has_id = !id.empty();
  BulkBuilder(limits, bulk, batch)
      .add(action, index, document, static_cast<std::size_t>(document.data() - body.data()));
}

}  // namespace vedette::ingest
