"""Which channels are taken for ECG leads, and what their samples are in millivolts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import ParameterError, RecordError
from ectopy.io.channel_names import other_kind, says_ecg
from ectopy.io.channels import Calibration, ecg_source
from ectopy.io.recording import Channel, Recording, decode_array
from ectopy.simulation import simulate

FS = 250.0
ECG = simulate(duration=20, fs=FS, leads=("MLII",), seed=2).signal[:, 0]
CLOCK = np.arange(len(ECG), dtype=np.float32) / np.float32(FS)
NOISE = np.random.default_rng(3).normal(0, 0.03, len(ECG)).astype(np.float32)
PULSE = np.sin(2 * np.pi * 1.2 * CLOCK) ** 3

LEADS = """
    I II III aVR aVL aVF V1 V6 V3R MLI MLII ML2 MV1 V MCL1 CM5 CC5 D1 DII EKG ECG1 ecg_raw avr -aVR II+
    LA-RA Vx V1-V2 mod.V1 lead_ii E-S Shimmer_5E3F_ECG_LL-RA_24BIT_CAL Shimmer_5E3F_ECG_Vx-RL_24BIT_CAL
    ECG_I ECG_lead_II Lead_I Ableitung_I Dérivation_II Derivación_I EEG_EKG1-REF II_2
"""
OTHERS = """
    C3-A2 Fp1-F7 O2-M1 Fpz-Cz E1-M2 LOC-A2 ROC EMG1 Chin LegL RESP Thorax Flow Airflow SaO2 SpO2 Pleth PPG
    Pulse PR ABP ART BP CVP PAP ICP GSR EDA SCL acc_x AccX accel_y gyro_x MagZ marker trigger label peaks
    annotation r_peak rpeaks ECG_R_Peaks ECG_Rate ECG_Quality ECG_Phase_Atrial ECG_T_Onsets HR heart_rate
    HeartRate bpm RR IBI Zeit tiempo temps timestamp counter nSeq event STATUS ECG_STATUS1 battery Temp
    EtCO2 class target Position Snore QRS_SYNC beat Atmung Puls Herzfrequenz leads_off BVP red stim DIN1
    index hypnogram EEG_C3-A2 EOG_horizontal EMG_submental Resp_oro-nasal ABDO_RES Event_Marker
"""
"""Of a name, an underscore stands for a blank too."""

VAGUE = ["ch1", "C3", "X", "A1", "sample", "CH2", "0"]


def spelt(names: str) -> list[str]:
    return [spelling for name in names.split() for spelling in sorted({name, name.replace("_", " ")})]


def recording(**channels: np.ndarray | tuple[np.ndarray, str]) -> Recording:
    columns = {name: (each if isinstance(each, tuple) else (each, "mV")) for name, each in channels.items()}
    samples = np.column_stack([samples for samples, _ in columns.values()])
    return Recording(
        "r",
        tuple(Channel(name, unit, FS, len(samples)) for name, (_, unit) in columns.items()),
        decode_array(samples),
    )


class TestNames:
    @pytest.mark.parametrize("name", spelt(LEADS))
    def test_of_leads(self, name: str) -> None:
        assert says_ecg(name)
        assert other_kind(name) is None

    @pytest.mark.parametrize("name", spelt(OTHERS))
    def test_of_other_channels(self, name: str) -> None:
        assert other_kind(name)

    @pytest.mark.parametrize("name", VAGUE)
    def test_that_say_nothing(self, name: str) -> None:
        assert not says_ecg(name)
        assert other_kind(name) is None


class TestChoice:
    @pytest.mark.parametrize("name", ["EEG C3-A2", "PPG", "r_peak", "C4-M1"])
    def test_other_signals_are_left_out_by_name_whatever_they_look_like(self, name: str) -> None:
        source = ecg_source(recording(**{name: ECG, "ECG": ECG}))
        assert source.leads == ("ECG",)
        assert [each.is_lead for each in source.decisions] == [False, True]
        assert f"Channel {name} was left out" in str(source.decisions[0])

    @pytest.mark.parametrize(
        ("samples", "why"),
        [
            (PULSE, "slow wave"),
            (CLOCK, "counts steadily"),
            (CLOCK // 4 % 3, "marks or steps"),
            (NOISE, "no clear QRS"),
        ],
    )
    def test_unknown_names_are_judged_by_the_signal(self, samples: np.ndarray, why: str) -> None:
        source = ecg_source(recording(ch1=samples, ch2=ECG))
        assert source.leads == ("ch2",)
        assert why in source.decisions[0].reason

    def test_what_shows_no_clear_qrs_is_kept_where_nothing_does(self) -> None:
        assert ecg_source(recording(ch1=NOISE, ch2=NOISE)).leads == ("ch1", "ch2")

    def test_a_named_lead_is_kept_whatever_it_looks_like(self) -> None:
        assert ecg_source(recording(II=NOISE, V5=ECG)).leads == ("II", "V5")

    def test_an_odd_unit_of_another_channel_refuses_nothing(self) -> None:
        others = {"QRS_SYNC": (0 * ECG, "undef"), "thing": (ECG, "furlong"), "ABP": (ECG, "mmHg")}
        source = ecg_source(recording(II=ECG, **others))
        assert source.leads == ("II",)
        assert source.decisions[2].reason == "unit 'furlong' is unknown"

    def test_electrodes_of_an_eeg_among_their_like(self) -> None:
        eeg = dict.fromkeys(("C3", "C4", "O1", "O2", "Fz"), (ECG, "uV"))
        with pytest.raises(RecordError, match=r"no channel is an ECG lead \(C3: an EEG by its name"):
            ecg_source(recording(**eeg))

    def test_one_electrode_among_those_of_an_eeg_is_no_chest_lead(self) -> None:
        source = ecg_source(recording(F3=(ECG, "uV"), C3=(ECG, "uV"), LOC=(ECG, "uV"), EKG=ECG))
        assert source.leads == ("EKG",)

    def test_chest_leads_as_germans_write_them(self) -> None:
        assert ecg_source(recording(I=ECG, II=ECG, C3=NOISE, C4=ECG)).leads == ("I", "II", "C3", "C4")

    def test_no_ecg_lead_names_every_channel_and_why(self) -> None:
        with pytest.raises(RecordError, match=r"PPG: a pulse wave by its name; SpO2: oxygen.*\(--leads\)"):
            ecg_source(recording(PPG=PULSE, SpO2=(PULSE, "%")))

    def test_names_that_are_asked_for_outrank_all(self) -> None:
        source = ecg_source(recording(PPG=PULSE, ECG=ECG), ["ppg"])
        assert (source.leads, source.channels) == (("PPG",), (0,))
        assert [each.reason for each in source.decisions] == ["asked for", "not asked for"]


class TestScale:
    @pytest.mark.parametrize(("times", "unit"), [(1e-3, "V"), (1e3, "uV"), (1.0, "")])
    def test_samples_without_a_unit_are_scaled_by_their_qrs(self, times: float, unit: str) -> None:
        source = ecg_source(recording(ecg=(times * ECG + times * 1e-4, "")))
        np.testing.assert_allclose(source.read(0, 5000)[:, 0], ECG + 1e-4, rtol=1e-4, atol=1e-4)
        assert (f"taken for {unit} by" in source.decisions[0].remark) == bool(unit)

    def test_counts_of_a_converter_are_recognised(self) -> None:
        counts = np.rint(ECG * 200 + 1024)
        with pytest.raises(RecordError, match=r"whole numbers around 10\d\d .*--gain, --baseline"):
            ecg_source(recording(ecg=(counts, "")))
        source = ecg_source(recording(ecg=(counts, "")), calibration=Calibration(gain=200, baseline=1024))
        np.testing.assert_allclose(source.read(0, 5000)[:, 0], ECG, atol=0.003)

    def test_a_gain_replaces_that_of_the_file(self) -> None:
        channel = Channel("II", "mV", FS, len(ECG), gain=200.0, baseline=1024.0)
        stored = Recording("r", (channel,), decode_array(ECG[:, np.newaxis]))
        mended = ecg_source(stored, calibration=Calibration(gain=100, baseline=1024))
        np.testing.assert_allclose(mended.read(0, 5000)[:, 0], 2 * ECG, rtol=1e-5, atol=1e-6)

    def test_a_unit_replaces_that_of_the_file(self) -> None:
        source = ecg_source(recording(II=(ECG * 1000, "mV")), calibration=Calibration(unit="uV"))
        np.testing.assert_allclose(source.read(0, 5000)[:, 0], ECG, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize(
        "wrong", [{"gain": 0}, {"gain": np.nan}, {"baseline": 3}, {"unit": "mmHg"}, {"unit": "V", "gain": 1}]
    )
    def test_impossible_calibrations_are_refused(self, wrong: dict) -> None:
        with pytest.raises(ParameterError, match="give"):
            Calibration(**wrong)


def test_decisions_come_along_to_memory(tmp_path: Path) -> None:
    source = ecg_source(recording(PPG=PULSE, ECG=ECG))
    assert source.load().decisions == source.decisions
