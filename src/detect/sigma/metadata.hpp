// The head of a rule: title, id, level, tags, log source and so on.
#pragma once

#include <memory>
#include <string_view>

#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"
#include "vedette/model/rule.hpp"

namespace vedette::detect::sigma {

enum class DocumentKind { rule, correlation, filter };

std::shared_ptr<model::RuleInfo> read_head(const base::YamlNode& document, std::string_view file,
                                           DocumentKind kind, Reporter& report);

// Style warnings about the head.
void lint_head(const base::YamlNode& document, const model::RuleInfo& info, DocumentKind kind,
               Reporter& report);

}  // namespace vedette::detect::sigma
