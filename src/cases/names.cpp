#include "vedette/cases/case.hpp"

namespace vedette::cases {

std::string_view case_status_name(CaseStatus status) {
  switch (status) {
    case CaseStatus::new_case:
      return "new";
    case CaseStatus::triaged:
      return "triaged";
    case CaseStatus::in_progress:
      return "in_progress";
    case CaseStatus::contained:
      return "contained";
    case CaseStatus::closed:
      return "closed";
  }
  return "new";
}

std::string_view classification_name(Classification classification) {
  switch (classification) {
    case Classification::none:
      return "";
    case Classification::true_positive:
      return "true_positive";
    case Classification::benign_positive:
      return "benign_positive";
    case Classification::false_positive:
      return "false_positive";
    case Classification::duplicate:
      return "duplicate";
    case Classification::undetermined:
      return "undetermined";
  }
  return "";
}

std::string_view tlp_name(Tlp tlp) {
  switch (tlp) {
    case Tlp::clear:
      return "clear";
    case Tlp::green:
      return "green";
    case Tlp::amber:
      return "amber";
    case Tlp::amber_strict:
      return "amber+strict";
    case Tlp::red:
      return "red";
  }
  return "amber";
}

std::string_view clock_kind_name(Clock::Kind kind) {
  switch (kind) {
    case Clock::Kind::detect:
      return "detect";
    case Clock::Kind::acknowledge:
      return "acknowledge";
    case Clock::Kind::contain:
      return "contain";
    case Clock::Kind::resolve:
      return "resolve";
  }
  return "detect";
}

std::string_view entry_kind_name(Entry::Kind kind) {
  switch (kind) {
    case Entry::Kind::comment:
      return "comment";
    case Entry::Kind::note:
      return "note";
    case Entry::Kind::handover:
      return "handover";
    case Entry::Kind::event:
      return "event";
    case Entry::Kind::alert:
      return "alert";
    case Entry::Kind::file:
      return "file";
    case Entry::Kind::action:
      return "action";
    case Entry::Kind::change:
      return "change";
  }
  return "note";
}

}  // namespace vedette::cases
