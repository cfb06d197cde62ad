from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wallboard.feed.mapping import eido

PROLOGUE = {"eidoVersion": "1.0", "issuingElementIdentification": "x"}


def test_that_a_single_eido_a_list_and_an_envelope_are_read():
    one = PROLOGUE | {"$id": "i1", "incidentComponent": {"$id": "c1"}}
    for body in (one, [one], {"eidos": [one]}, {"page": 1, "data": {"items": [one]}}):
        assert [row["id"] for row in eido.read(body)["incidents"]] == ["i1"]


def test_that_an_answer_without_an_eido_has_no_lists_and_an_empty_one_has_empty_ones():
    assert eido.read({"message": "not found"}) == {}
    assert eido.read(["i1"]) == {}
    assert eido.read([])["incidents"] == []


def test_that_references_are_followed_once_and_may_go_in_circles():
    body = PROLOGUE | {
        "$id": "i1",
        "callComponent": [{"$id": "c", "agentReference": [{"$ref": "#a"}], "notesReference": {"$ref": "gone"}}],
        "agentComponent": [{"$id": "a", "agencyReference": {"$ref": "g"}, "self": {"$ref": "a"}}],
        "agencyComponent": [{"$id": "g", "updatedByAgentReference": {"$ref": "a"}}],
    }
    (call,) = eido.read(body)["calls"]
    assert call["agentReference"][0]["$ref"] == "a"
    assert call["agentReference"][0]["agencyReference"] == {"$ref": "g"}
    assert call["notesReference"] == {"$ref": "gone"}


def test_that_an_early_versions_list_of_incident_components_is_read_too():
    body = PROLOGUE | {"incidentTrackingIdentifier": "t1", "incidentComponent": [{"$id": "x"}]}
    assert eido.read(body)["incidents"][0]["incidentId"] == "t1"


def test_that_before_a_dispatch_the_owning_agency_is_at_work():
    body = PROLOGUE | {
        "$id": "i1",
        "incidentComponent": {"$id": "c1"},
        "agencyComponent": [{"$id": "p", "incidentOwningAgencyIndicator": True}, {"$id": "q"}],
    }
    assert eido.read(body)["incidents"][0]["agencyIds"] == ["p"]


def test_that_a_location_that_defines_entities_or_is_broken_is_left_out():
    def location(text: str) -> Any:
        body = PROLOGUE | {
            "$id": "i1",
            "incidentComponent": {"$id": "c", "locationReference": [{"$ref": "l"}]},
            "locationComponent": [{"$id": "l", "locationByValue": text}],
        }
        return eido.read(body)["incidents"][0]["location"]

    assert location("<p><RD>Quay</RD><HNO>4</HNO></p>") == {"address": "4 Quay"}
    assert location("<p><RD>Quay</RD>") is None
    assert location('<!DOCTYPE p [<!ENTITY a "b">]><p><RD>&a;</RD></p>') is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["a", "b", "<p/>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "$id",
                    "$ref",
                    "eidoVersion",
                    "incidentComponent",
                    "callComponent",
                    "agencyComponent",
                    "dispatchComponent",
                    "emergencyResourceComponent",
                    "locationComponent",
                    "locationReference",
                    "locationByValue",
                    "agencyReference",
                    "emergencyResourceReference",
                    "agentReference",
                    "agencyJcard",
                    "locationDescriptionText",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_that_no_body_is_too_odd_to_be_read(body: Any):
    lists = eido.read(body)
    assert lists == {} or set(lists) == {"incidents", "calls", "units", "agencies", "agents"}
