"""Wavelets, SMOTE and a CNN on MIT-BIH beats by AAMI class."""
