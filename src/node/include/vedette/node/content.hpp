// The content that the binary carries: rules, mappings, samples (see cmake/embed.cmake).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/detect/taxonomy.hpp"
#include "vedette/normalize/mapping.hpp"

namespace vedette::node {

// The compiled shipped mappings. CHECKs that they load: the build tests them.
std::unique_ptr<normalize::MappingSet> shipped_mappings();
detect::Taxonomy shipped_taxonomy();
// Rule files only, without their cases.
std::vector<detect::RuleFile> shipped_rules();

// The rule files at or below `path`, in order of their names: *.yml without *.cases.yml, and *.yaml that have
// a rule's keys at the top level.
base::Result<std::vector<detect::RuleFile>> read_rule_files(const std::string& path);
bool is_cases_file(std::string_view path);
// Whether a file found in a folder or an archive is a rule file by that reading.
bool is_rule_file(std::string_view path, std::string_view text);

}  // namespace vedette::node
