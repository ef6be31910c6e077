/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_SVG_H
#define BT_REPORT_SVG_H

#include <buddytrace/diag.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Copies an SVG picture into an HTML page.  Ids and references to them get `prefix`, so that pictures do not
 * take each other's marks; titles, descriptions, filters and the XML frame are dropped.  The file may come
 * from anyone: elements and attributes that gnuplot does not write (scripts, event handlers, references to
 * other files) are refused with -EBADMSG and the offset.  `label` is read out in place of the picture.
 * After an error the output holds a part of the picture.
 */
int bdt_svg_embed(FILE *out, const char *text, size_t size, const char *prefix, const char *label,
		  struct bdt_diag *diag);

#endif
