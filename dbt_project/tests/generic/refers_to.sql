{#- Each combination of the columns is a row of another relation; a combination with a null refers to nothing. -#}
{% test refers_to(model, columns, to, to_columns=none) %}

select distinct {{ columns | join(', ') }}
from {{ model }} as here
where
    {% for column in columns -%}
        here.{{ column }} is not null
        and
    {% endfor -%}
    not exists (
        select 1
        from {{ to }} as there
        where
            {% for column in columns -%}
                there.{{ (to_columns or columns)[loop.index0] }} = here.{{ column }}
                {{ "and" if not loop.last }}
            {% endfor %}
    )

{% endtest %}
