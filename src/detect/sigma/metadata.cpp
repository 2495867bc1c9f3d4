#include "sigma/metadata.hpp"

#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

// A UUID made from a text, so that a rule without an id has the same one in every run.
std::string uuid_of(std::string_view text) {
  std::string hex = base::hash128_hex(text);
  for (std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
  return hex;
}

std::string source_part(const YamlNode& source, std::string_view key, Reporter& report) {
  const YamlNode* part = source.find(key);
  if (part == nullptr || part->is_null()) return {};
  if (!part->is_scalar()) {
    report.error(part->span, "bad-log-source", "the log source's " + std::string(key) + " must be text");
    return {};
  }
  return base::to_lower_ascii(base::trim(part->scalar));
}

void read_log_source(const YamlNode& document, model::LogSource& out, Reporter& report) {
  const YamlNode* source = document.find("logsource");
  if (source == nullptr || source->is_null()) {
    report.error(document.span, "missing-log-source", "the rule has no logsource",
                 "name at least one of category, product and service");
    return;
  }
  if (!source->is_mapping()) {
    report.error(source->span, "bad-log-source", "logsource must be a map of category, product and service");
    return;
  }
  out.category = source_part(*source, "category", report);
  out.product = source_part(*source, "product", report);
  out.service = source_part(*source, "service", report);
  if (out == model::LogSource{} && !report.failed()) {
    report.error(source->span, "missing-log-source", "the logsource is empty",
                 "name at least one of category, product and service");
  }
}

}  // namespace

std::shared_ptr<model::RuleInfo> read_head(const YamlNode& document, std::string_view file, DocumentKind kind,
                                           Reporter& report) {
  auto info = std::make_shared<model::RuleInfo>();
  for (const auto& [key, value] : document.entries) {
    if (!key.is_scalar() || !value.is_scalar()) continue;
    if (key.scalar == "title") info->title = value.scalar;
    if (key.scalar == "id") info->id = value.scalar;
    if (key.scalar == "name") info->name = value.scalar;
    if (key.scalar == "description") info->description = value.scalar;
    if (key.scalar == "author") info->author = value.scalar;
    if (key.scalar == "license") info->license = value.scalar;
    if (key.scalar == "date") info->date = value.scalar;
    if (key.scalar == "level") model::parse_level(value.scalar, info->level);
    if (key.scalar == "status") model::parse_status(value.scalar, info->status);
  }
  info->tags = document.texts("tags");
  info->references = document.texts("references");
  info->false_positives = document.texts("falsepositives");
  info->file = file;
  info->line = document.span.line;
  if (info->id.empty()) {
    const bool untitled = info->title.empty();
    info->id = uuid_of(untitled ? info->file + ":" + std::to_string(info->line) : info->title);
  }
  if (kind != DocumentKind::correlation) read_log_source(document, info->log_source, report);
  if (report.linting()) lint_head(document, *info, kind, report);
  return info;
}

}  // namespace vedette::detect::sigma
