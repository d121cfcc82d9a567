"""DICOM files: headers as values, pixels as 8-bit grey, signs of who the patient is."""
