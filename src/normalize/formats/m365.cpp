// The unified audit log of Microsoft 365: from the Management Activity API, or as exported, where the record
// is a text in "AuditData". Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::PathTree;
using json::Top;

int match_m365(const Top& top) {
  if (top.has("AuditData") && (top.has("RecordType") || top.has("CreationDate") || top.has("Operations")))
    return 97;
  if (!top.has("Operation") || !top.has("CreationTime")) return 0;
  return (top.has("Workload") ? 50 : 0) + (top.has("RecordType") ? 45 : 0) +
         (top.has("OrganizationId") ? 4 : 0);
}

class M365Writer final : public json::ShapeWriter {
 public:
  explicit M365Writer(const ParseContext&) {}

  void write(const Top& top, Row& row) override {
    const Node* record = top.find("AuditData");
    if (!record) {
      add(top.object(), row);
    } else if (record->is_object()) {
      add(*record, row);
    } else if (record->is_string() && inner_.parse(record->string(), row.arena()) &&
               inner_.root()->is_object()) {
      add(*inner_.root(), row);
    } else {
      flattener_.members(top.object(), PathTree::kRoot, row);
      row.fail("AuditData is no JSON object");
    }
    json::take_time(top, row, {"CreationTime", "CreationDate"});
    row.dataset("o365", "o365.audit");
  }

 private:
  void add(const Node& record, Row& row) {
    flattener_.members(record, PathTree::kRoot, row);
    // Lists of {"Name": ..., "Value": ...}: searched as a whole, too.
    for (const std::string_view name : {"Parameters", "OperationProperties", "ExtendedProperties"}) {
      const Node* node = record.find(name);
      if (node && node->is_container() && node->size > 0) row.ref(name, json::text_of(*node, row.arena()));
    }
    if (const auto time = json::time_of(record.find("CreationTime"))) row.time(*time);
  }

  json::Flattener flattener_;
  json::Document inner_;
};

}  // namespace

const json::ShapeFormat& m365_format() {
  static const json::ShapeFormat format(
      {{.name = "m365",
        .title = "Microsoft 365 audit log",
        .summary = "The unified audit log: Exchange, SharePoint, Teams, Entra ID, Defender and others.",
        .framing = Framing::json,
        .payload = true},
       match_m365,
       json::open_writer<M365Writer>});
  return format;
}

}  // namespace vedette::normalize
