#include "sigma/file_loader.hpp"

#include "sigma/cannot_fire.hpp"
#include "sigma/correlation.hpp"
#include "sigma/detection.hpp"
#include "sigma/documents.hpp"
#include "sigma/filter.hpp"
#include "sigma/lint.hpp"
#include "sigma/metadata.hpp"

namespace vedette::detect::sigma {

namespace {

using base::YamlNode;

class FileLoader {
 public:
  FileLoader(const RuleFile& file, const LoadOptions& options)
      : file_(file), options_(options), report_(file.name, options.lint) {}

  ParsedFile load() {
    base::YamlStream stream = base::parse_yaml(file_.text, file_.name);
    for (YamlNode& document : stream.documents) {
      if (!document.is_null()) load_document(document);
    }
    if (base::has_errors(stream.diagnostics)) {
      ++out_.documents;
      ++out_.refused;
    }
    out_.diagnostics = std::move(report_.diagnostics());
    for (base::Diagnostic& diagnostic : stream.diagnostics) out_.diagnostics.push_back(std::move(diagnostic));
    return std::move(out_);
  }

 private:
  void load_document(YamlNode& document) {
    report_.begin_document();
    if (document.is_mapping()) {
      const ActionMerger::Outcome outcome = merger_.merge(document, report_);
      if (outcome == ActionMerger::Outcome::consumed) return;
      if (outcome == ActionMerger::Outcome::document) build(document);
    } else {
      report_.error(document.span, "not-a-rule", "the document is no map",
                    "a rule is a map with title, logsource, detection");
    }
    ++out_.documents;
    if (!report_.failed()) return;
    ++out_.refused;
    for (std::string_view key : {"id", "name"}) {
      if (!document.text(key).empty()) out_.refused_names.emplace_back(document.text(key));
    }
  }

  void build(const YamlNode& document) {
    const bool detection = document.find("detection") != nullptr;
    const bool correlation = document.find("correlation") != nullptr;
    const bool filter = document.find("filter") != nullptr;
    if (detection + correlation + filter > 1) {
      report_.error(document.span, "ambiguous-document",
                    "the document has more than one of detection, correlation and filter",
                    "separate them by a line of ---");
    } else if (detection) {
      build_rule(document);
    } else if (correlation) {
      build_correlation_rule(document);
    } else if (filter) {
      build_filter_rule(document);
    } else {
      report_.error(document.span, "not-a-rule", "the document has no detection, correlation or filter");
    }
  }

  void build_rule(const YamlNode& document) {
    Rule rule;
    rule.info = read_head(document, file_.name, DocumentKind::rule, report_);
    DocumentContext context{report_, options_.placeholders, regex_instructions_, 0, {}, {}};
    std::optional<Detection> detection = build_detection(*document.find("detection"), {}, context);
    if (!detection || report_.failed()) return;
    if (!context.missing_placeholder.empty()) {
      const std::string why = "the placeholder %" + context.missing_placeholder + "% has no values";
      const std::string help = "give them with --placeholders FILE";
      report_.warn(context.missing_span, "undefined-placeholder", "the rule cannot fire: " + why, help);
      disable(rule, why + "; " + help, context.missing_span);
    } else if (std::string why = why_never(detection->condition, rule.cannot_fire_span); !why.empty()) {
      if (rule.cannot_fire_span.line == 0) {
        rule.cannot_fire_span = document.find("detection")->find("condition")->span;
      }
      report_.warn(rule.cannot_fire_span, "cannot-fire", "the rule cannot fire: " + why);
      disable(rule, std::move(why), rule.cannot_fire_span);
    } else {
      if (report_.linting()) lint_conflicts(detection->condition, report_);
      rule.condition = std::move(detection->condition);
    }
    out_.rules.push_back(std::move(rule));
  }

  static void disable(Rule& rule, std::string why, base::SourceSpan where) {
    rule.cannot_fire = std::move(why);
    rule.cannot_fire_span = where;
    rule.condition = model::Predicate{};
  }

  void build_correlation_rule(const YamlNode& document) {
    std::shared_ptr<const model::RuleInfo> info =
        read_head(document, file_.name, DocumentKind::correlation, report_);
    std::optional<ParsedCorrelation> correlation = build_correlation(document, report_);
    if (!correlation || report_.failed()) return;
    correlation->rule.info = std::move(info);
    out_.correlations.push_back(std::move(*correlation));
  }

  void build_filter_rule(const YamlNode& document) {
    std::shared_ptr<const model::RuleInfo> info =
        read_head(document, file_.name, DocumentKind::filter, report_);
    DocumentContext context{report_, options_.placeholders, regex_instructions_, 0, {}, {}};
    std::optional<ParsedFilter> filter = build_filter(document, std::move(info), context);
    if (!filter || report_.failed()) return;
    out_.filters.push_back(std::move(*filter));
  }

  const RuleFile& file_;
  const LoadOptions& options_;
  Reporter report_;
  ActionMerger merger_;
  std::size_t regex_instructions_ = 0;
  ParsedFile out_;
};

}  // namespace

ParsedFile load_file(const RuleFile& file, const LoadOptions& options) {
  return FileLoader(file, options).load();
}

}  // namespace vedette::detect::sigma
