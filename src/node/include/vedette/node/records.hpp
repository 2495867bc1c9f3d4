// The record store of a data folder, read beside a node that may be running.
#pragma once

#include <memory>
#include <string>

#include "vedette/base/result.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::node {

// not_found if no node has run on the folder.
base::Result<std::unique_ptr<ports::RecordStore>> open_records(const std::string& data_folder);

}  // namespace vedette::node
