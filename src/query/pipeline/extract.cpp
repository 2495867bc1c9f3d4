// rex and dissect: fields cut out of a text. Rows whose text does not match stay as they are.
#include <algorithm>

#include <re2/re2.h>

#include "dissect_pattern.hpp"
#include "stage.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::int64_t kExtractMemory = 8 << 20;

// The field that a stage names, else event.original, else message.
class TextSource {
 public:
  explicit TextSource(const std::string& field) {
    if (!field.empty()) {
      fields_.push_back(model::intern(field));
    } else {
      fields_ = {model::intern("event.original"), model::intern("message")};
    }
  }
  // Points into the event, `buffer` or the arena.
  std::string_view text(const model::Event& event, model::TextBuffer& buffer, base::Arena& arena) const {
    for (const model::FieldId field : fields_) {
      const Value value = read_field(event, field, arena);
      for (const Value& item : value.elements()) {
        if (item.is_null()) continue;
        const std::string_view text = model::text_of(item, buffer);
        return item.is_string() ? text : arena.copy(text);
      }
    }
    return {};
  }

 private:
  std::vector<model::FieldId> fields_;
};

using Found = std::vector<std::pair<model::FieldId, std::string_view>>;

void write_row(RowWriter& writer, const model::Event& event, const Found& found) {
  writer.begin(event);
  for (const model::Cell& cell : event.cells()) {
    const bool replaced =
        std::any_of(found.begin(), found.end(), [&](const auto& field) { return field.first == cell.field; });
    if (!replaced) writer.add(cell.field, cell.value);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool later = std::any_of(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(),
                                   [&](const auto& field) { return field.first == found[i].first; });
    if (!later) writer.add(found[i].first, Value::string(found[i].second));
  }
  writer.end();
}

class Rex : public Operator {
 public:
  Rex(const std::string& field, std::shared_ptr<const RE2> regex) : source_(field), regex_(std::move(regex)) {
    groups_.resize(static_cast<std::size_t>(regex_->NumberOfCapturingGroups()) + 1);
    for (const auto& [number, name] : regex_->CapturingGroupNames()) {
      fields_.emplace_back(static_cast<std::size_t>(number), model::intern(name));
    }
  }
  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      model::TextBuffer buffer;
      const std::string_view text = source_.text(event, buffer, writer_.arena());
      found_.clear();
      if (text.data() && regex_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED,
                                       groups_.data(), static_cast<int>(groups_.size()))) {
        for (const auto& [number, field] : fields_) {
          const re2::StringPiece& group = groups_[number];
          if (group.data()) found_.emplace_back(field, std::string_view(group.data(), group.size()));
        }
      }
      write_row(writer_, event, found_);
    }
    return emit(writer_.finish());
  }

 private:
  TextSource source_;
  std::shared_ptr<const RE2> regex_;
  std::vector<re2::StringPiece> groups_;
  std::vector<std::pair<std::size_t, model::FieldId>> fields_;
  Found found_;
  RowWriter writer_;
};

class Dissect : public Operator {
 public:
  Dissect(const std::string& field, DissectPattern pattern) : source_(field), pattern_(std::move(pattern)) {}
  Flow push(const Batch& batch) override {
    writer_.hold(batch);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const model::Event event = (*batch)[i];
      model::TextBuffer buffer;
      found_.clear();
      const std::string_view text = source_.text(event, buffer, writer_.arena());
      if (const auto fields = pattern_.match(text, joined_)) {
        for (const auto& [name, value] : *fields) {
          const bool made = value.data() < text.data() || value.data() > text.data() + text.size();
          found_.emplace_back(names_.intern(name), made ? writer_.arena().copy(value) : value);
        }
      }
      write_row(writer_, event, found_);
    }
    return emit(writer_.finish());
  }

 private:
  TextSource source_;
  DissectPattern pattern_;
  model::FieldCache names_;
  std::vector<std::string> joined_;
  Found found_;
  RowWriter writer_;
};

}  // namespace

Made make_rex(const RexStage& stage, Span span, RunState&, std::vector<std::string>& added) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kExtractMemory);
  auto regex = std::make_shared<RE2>(stage.pattern, options);
  if (!regex->ok()) {
    return query_error(base::ErrorCode::invalid_argument, span, "rex: regular expression: " + regex->error());
  }
  if (regex->CapturingGroupNames().empty()) {
    return query_error(base::ErrorCode::invalid_argument, span,
                       "rex: the pattern has no named group such as (?P<name>...)");
  }
  for (const auto& [number, name] : regex->CapturingGroupNames()) added.push_back(name);
  return OperatorPtr(std::make_unique<Rex>(stage.field, std::move(regex)));
}

Made make_dissect(const DissectStage& stage, Span span, RunState&, std::vector<std::string>& added) {
  auto pattern = DissectPattern::parse(stage.pattern);
  if (!pattern) return query_error(base::ErrorCode::invalid_argument, span, pattern.error().message);
  added = pattern->names();
  return OperatorPtr(std::make_unique<Dissect>(stage.field, std::move(*pattern)));
}

}  // namespace vedette::query
