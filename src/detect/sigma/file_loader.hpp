// Reads the documents of one rule file.
#pragma once

#include "sigma/document.hpp"

namespace vedette::detect::sigma {

ParsedFile load_file(const RuleFile& file, const LoadOptions& options);

}  // namespace vedette::detect::sigma
