// make_table_enricher without the file.
#pragma once

#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {

base::Result<std::unique_ptr<Enricher>> make_table_enricher_of(const TableOptions& options,
                                                               std::string_view text,
                                                               base::Diagnostics& diagnostics);

}  // namespace vedette::normalize
