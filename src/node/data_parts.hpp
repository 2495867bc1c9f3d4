// How a data folder is made of a log and a store. Internal to the node.
#pragma once

#include "vedette/bus/log.hpp"
#include "vedette/node/data_folder.hpp"

namespace vedette::node {

bus::LogOptions log_options(const DataOptions& options, bool read_only);
store::StoreOptions store_options(const DataOptions& options, bool read_only);
base::Error no_data_folder(const std::string& folder);

}  // namespace vedette::node
