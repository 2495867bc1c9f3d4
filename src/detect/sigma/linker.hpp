// Joins the documents of all files into one rule set: resolves references, applies filters, finds duplicates.
#pragma once

#include <span>
#include <vector>

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

// `file_names` are parallel to `files`.
RuleSet link(std::vector<ParsedFile> files, std::span<const std::string_view> file_names);

}  // namespace vedette::detect::sigma
