// Every collection of records that a node keeps.
#pragma once

#include <vector>

#include "live/watch_role.hpp"
#include "vedette/api/access.hpp"
#include "vedette/api/audit.hpp"
#include "vedette/api/intel_records.hpp"
#include "vedette/api/rest.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/cases/notifier.hpp"
#include "vedette/detect/alert_book.hpp"
#include "vedette/detect/rule_book.hpp"

namespace vedette::node {

inline std::vector<ports::CollectionSchema> all_collections() {
  std::vector<ports::CollectionSchema> all = detect::alert_collections();
  for (ports::CollectionSchema& schema : watch_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : api::intel_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : detect::book_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : api::audit_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : api::access_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : cases::incident_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : cases::notify_collections()) all.push_back(std::move(schema));
  for (ports::CollectionSchema& schema : api::rest_collections()) all.push_back(std::move(schema));
  return all;
}

}  // namespace vedette::node
