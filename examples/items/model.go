package main

import (
	"fmt"
	"math"
)

// The model is a logistic regression. Its weights stay here: no field of the
// schema leads to them, and the score is rounded, so that a few questions don't
// give them away.
const (
	weightBias   = -1.35
	weightPrice  = -0.0125 // per 100 cents
	weightPhotos = 0.42
	weightRating = 0.61

	maxPhotos            = 20
	minRating, maxRating = 1, 5
)

// predict predicts whether an item is sold within a week. The error is an
// [*inputError].
func predict(in PredictInput) (*Prediction, error) {
	if err := checkCents("input.price", in.Price); err != nil {
		return nil, err
	}
	if in.Photos < 0 || in.Photos > maxPhotos {
		return nil, &inputError{"input.photos", fmt.Sprintf("Enter 0 to %d photos.", maxPhotos)}
	}
	if !(in.Rating >= minRating && in.Rating <= maxRating) { // also true for NaN
		return nil, &inputError{"input.rating", fmt.Sprintf("Enter a rating from %d to %d.", minRating, maxRating)}
	}
	z := weightBias + weightPrice*float64(in.Price)/100 + weightPhotos*float64(in.Photos) + weightRating*in.Rating
	p := &Prediction{Label: LabelLeft, Score: math.Round(100/(1+math.Exp(-z))) / 100}
	if z > 0 {
		p.Label = LabelSold
	}
	return p, nil
}
