#include "book/book_records.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kMaxColumn = 1024;

// A text that fits into a column, cut between code points.
std::string column_of(std::string_view text) {
  return std::string(base::utf8_prefix(text, kMaxColumn));
}

// The members of a document; whatever is not there or of another type is as if it were empty.
class DocumentReader {
 public:
  explicit DocumentReader(const ports::StoredRecord& record) : id_(record.id) {
    const simdjson::padded_string padded(record.document);
    faulty_ = parser_.parse(padded).get(root_) != simdjson::SUCCESS || !root_.is_object();
  }

  std::string text(std::string_view key) const {
    std::string_view value;
    if (faulty_ || root_[key].get(value) != simdjson::SUCCESS) return {};
    return std::string(value);
  }
  std::int64_t integer(std::string_view key) const {
    std::int64_t value = 0;
    if (faulty_ || root_[key].get(value) != simdjson::SUCCESS) return 0;
    return value;
  }
  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    simdjson::dom::array items;
    if (faulty_ || root_[key].get(items) != simdjson::SUCCESS) return out;
    for (const simdjson::dom::element item : items) {
      std::string_view value;
      if (item.get(value) == simdjson::SUCCESS) out.emplace_back(value);
    }
    return out;
  }
  bool faulty() const { return faulty_; }
  base::Error error(std::string_view what) const {
    return base::make_error(base::ErrorCode::corrupt,
                            fmt::format("the record of the {} {} is damaged", what, id_));
  }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
  bool faulty_ = false;
  const std::string id_;
};

}  // namespace

std::vector<ports::CollectionSchema> book_collections() {
  using ports::ColumnType;
  return {{std::string(kRules),
           {{"origin", ColumnType::text, true},
            {"mode", ColumnType::text, true},
            {"level", ColumnType::text, true},
            {"title", ColumnType::text, false},
            {"updated", ColumnType::integer, true}}},
          {std::string(kRuleVersions),
           {{"rule_id", ColumnType::text, true},
            {"number", ColumnType::integer, true},
            {"time", ColumnType::integer, false}}},
          {std::string(kExceptions),
           {{"owner", ColumnType::text, true},
            {"expires", ColumnType::integer, true},
            {"updated", ColumnType::integer, true}}}};
}

std::string_view rule_mode_name(RuleMode mode) {
  switch (mode) {
    case RuleMode::draft:
      return "draft";
    case RuleMode::active:
      return "active";
    case RuleMode::disabled:
      return "disabled";
  }
  return "draft";
}

std::optional<RuleMode> parse_rule_mode(std::string_view name) {
  for (const RuleMode mode : {RuleMode::draft, RuleMode::active, RuleMode::disabled}) {
    if (name == rule_mode_name(mode)) return mode;
  }
  return std::nullopt;
}

std::string_view version_kind_name(RuleVersion::Kind kind) {
  switch (kind) {
    case RuleVersion::Kind::created:
      return "created";
    case RuleVersion::Kind::updated:
      return "updated";
    case RuleVersion::Kind::deleted:
      return "deleted";
  }
  return "updated";
}

// Fixed width, so that ids stand in the order of numbers.
std::string version_record_id(std::string_view rule_id, std::uint32_t number) {
  return fmt::format("{}/{:010}", rule_id, number);
}

ports::RecordWrite to_write(const BookRule& rule, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = kRules;
  write.id = rule.id;
  write.expected_version = expected_version;
  const std::string_view origin = rule.of_file ? "file" : "book";
  const std::string level(rule.level ? model::level_name(*rule.level) : "");
  base::JsonWriter json(write.document);
  json.begin_object().field("id", rule.id).field("title", rule.title).field("origin", origin);
  json.field("mode", rule_mode_name(rule.mode)).field("level", level).field("yaml", rule.yaml);
  json.field("number", rule.number).field("author", rule.author).field("message", rule.message);
  json.field("created", rule.created).field("updated", rule.updated).end_object();
  write.columns = {{"origin", std::string(origin)},
                   {"mode", std::string(rule_mode_name(rule.mode))},
                   {"level", level},
                   {"title", column_of(rule.title)},
                   {"updated", rule.updated}};
  return write;
}

ports::RecordWrite to_write(const RuleVersion& version) {
  ports::RecordWrite write;
  write.collection = kRuleVersions;
  write.id = version_record_id(version.rule_id, version.number);
  write.expected_version = 0;
  base::JsonWriter json(write.document);
  json.begin_object().field("rule_id", version.rule_id).field("number", version.number);
  json.field("kind", version_kind_name(version.kind)).field("author", version.author);
  json.field("message", version.message).field("time", version.time).field("yaml", version.yaml).end_object();
  write.columns = {
      {"rule_id", version.rule_id}, {"number", std::int64_t{version.number}}, {"time", version.time}};
  return write;
}

ports::RecordWrite to_write(const BookException& exception, std::uint64_t expected_version) {
  ports::RecordWrite write;
  write.collection = kExceptions;
  write.id = exception.id;
  write.expected_version = expected_version;
  base::JsonWriter json(write.document);
  json.begin_object().field("id", exception.id).key("rules").begin_array();
  for (const std::string& rule : exception.rules) json.string(rule);
  json.end_array().field("condition", exception.condition).field("reason", exception.reason);
  json.field("owner", exception.owner).field("expires", exception.expires).field("author", exception.author);
  json.field("created", exception.created).field("updated", exception.updated).end_object();
  write.columns = {{"owner", column_of(exception.owner)}, {"updated", exception.updated}};
  if (exception.expires != 0) write.columns.emplace("expires", exception.expires);
  return write;
}

base::Result<BookRule> book_rule_of(const ports::StoredRecord& record) {
  const DocumentReader document(record);
  const auto mode = parse_rule_mode(document.text("mode"));
  if (document.faulty() || !mode) return document.error("rule");
  BookRule rule;
  rule.id = record.id;
  rule.title = document.text("title");
  rule.of_file = document.text("origin") == "file";
  rule.mode = *mode;
  model::Level level = model::Level::medium;
  if (model::parse_level(document.text("level"), level)) rule.level = level;
  rule.yaml = document.text("yaml");
  rule.number = static_cast<std::uint32_t>(document.integer("number"));
  rule.author = document.text("author");
  rule.message = document.text("message");
  rule.created = document.integer("created");
  rule.updated = document.integer("updated");
  rule.version = record.version;
  return rule;
}

base::Result<RuleVersion> rule_version_of(const ports::StoredRecord& record) {
  const DocumentReader document(record);
  if (document.faulty() || document.integer("number") < 1) return document.error("version");
  RuleVersion version;
  version.rule_id = document.text("rule_id");
  version.number = static_cast<std::uint32_t>(document.integer("number"));
  const std::string kind = document.text("kind");
  version.kind = kind == "created"   ? RuleVersion::Kind::created
                 : kind == "deleted" ? RuleVersion::Kind::deleted
                                     : RuleVersion::Kind::updated;
  version.author = document.text("author");
  version.message = document.text("message");
  version.yaml = document.text("yaml");
  version.time = document.integer("time");
  return version;
}

base::Result<BookException> book_exception_of(const ports::StoredRecord& record) {
  const DocumentReader document(record);
  if (document.faulty() || document.text("condition").empty()) return document.error("exception");
  BookException exception;
  exception.id = record.id;
  exception.rules = document.texts("rules");
  exception.condition = document.text("condition");
  exception.reason = document.text("reason");
  exception.owner = document.text("owner");
  exception.expires = document.integer("expires");
  exception.author = document.text("author");
  exception.created = document.integer("created");
  exception.updated = document.integer("updated");
  exception.version = record.version;
  return exception;
}

}  // namespace vedette::detect
