{{ chexpert14_rows(source('mimic_cxr_jpg', 'mimic_cxr_jpg_test_set_labeled'), {'Lung Opacity': 'Airspace Opacity'}) }}
