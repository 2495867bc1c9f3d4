// AWS CloudTrail records: from S3 ({"Records": [...]}), CloudWatch, EventBridge (in "detail") and `aws
// cloudtrail lookup-events` (as text in "CloudTrailEvent"). Fields keep their names.
#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::PathTree;
using json::Top;

bool is_record(const Node& object) {
  return object.find("eventName") && object.find("eventSource") &&
         (object.find("eventVersion") || object.find("awsRegion") || object.find("userIdentity"));
}

int match_cloudtrail(const Top& top) {
  if (top.has("eventName")) return top.has("eventSource") && is_record(top.object()) ? 99 : 0;
  if (const Node* detail = top.object("detail"); detail && top.has("detail-type"))
    return is_record(*detail) ? 98 : 0;
  return top.has("CloudTrailEvent") && top.has("EventName") ? 97 : 0;
}

class CloudTrailWriter final : public json::ShapeWriter {
 public:
  explicit CloudTrailWriter(const ParseContext&) {}

  void write(const Top& top, Row& row) override {
    const Node* record = &top.object();
    if (const Node* detail = top.object("detail"); detail && !top.has("eventName")) record = detail;
    const std::string_view text = top.text("CloudTrailEvent");
    if (!text.empty()) {
      // What stands beside it is taken from it.
      if (inner_.parse(text, row.arena()) && inner_.root()->is_object()) {
        record = inner_.root();
      } else {
        row.fail("CloudTrailEvent: " + inner_.error());
      }
    }
    flattener_.members(*record, PathTree::kRoot, row);
    add_text(record->find("requestParameters"), "aws.cloudtrail.request_parameters", row);
    add_text(record->find("responseElements"), "aws.cloudtrail.response_elements", row);
    if (const auto time = json::time_of(record->find("eventTime"))) row.time(*time);
    json::take_time(top, row, {"time", "EventTime"});
    row.dataset("aws", "aws.cloudtrail");
  }

 private:
  // Searched as a whole, too.
  static void add_text(const Node* node, std::string_view name, Row& row) {
    if (node && node->is_container() && node->size > 0) row.ref(name, json::text_of(*node, row.arena()));
  }

  json::Flattener flattener_;
  json::Document inner_;
};

}  // namespace

const json::ShapeFormat& cloudtrail_format() {
  static const json::ShapeFormat format({{.name = "cloudtrail",
                                          .title = "AWS CloudTrail",
                                          .summary = "The record of API calls in an AWS account.",
                                          .framing = Framing::json,
                                          .payload = true},
                                         match_cloudtrail,
                                         json::open_writer<CloudTrailWriter>});
  return format;
}

}  // namespace vedette::normalize
