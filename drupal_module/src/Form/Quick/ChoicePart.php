<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Quick;

use Drupal\background_agents\Preset\ContentFit;
use Drupal\background_agents\Preset\Preset;
use Drupal\background_agents\Quick\PeopleNeeds;
use Drupal\background_agents\Quick\PermissionHolders;
use Drupal\background_agents\Quick\TextFormats;
use Drupal\background_agents\Ui\ModelField;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\RoleInterface;

/**
 * The questions of the quick form: what, which content, when, who.
 *
 * @internal
 */
final class ChoicePart {

  use StringTranslationTrait;

  public function __construct(
    private readonly PermissionHolders $holders,
    private readonly PeopleNeeds $people,
    private readonly TextFormats $formats,
    private readonly Workflows $workflows,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly ModelField $models,
  ) {}

  /**
   * What it does.
   */
  public function preset(QuickInput $input): array {
    $descriptions = array_map(static fn (Preset $preset): array => ['#description' => $preset->description], $input->presets);
    return [
      '#type' => 'radios',
      '#title' => $this->t('What shall it do?'),
      '#options' => array_map(static fn (Preset $preset): string => (string) $preset->label, $input->presets),
      '#default_value' => $input->preset()->id,
      '#required' => TRUE,
    ] + $descriptions;
  }

  /**
   * The task, where the preset asks for it.
   */
  public function task(QuickInput $input): array {
    if (!$input->preset()->asksForTask()) {
      return [];
    }
    return [
      'does' => [
        '#type' => 'radios',
        '#title' => $this->t('It leaves'),
        '#options' => [
          'revise' => $this->t('changes of content that is there'),
          'create' => $this->t('new content'),
        ],
        '#default_value' => in_array('create', $input->preset()->operations, TRUE) ? 'create' : 'revise',
      ],
      'task' => [
        '#type' => 'textarea',
        '#title' => $this->t('Task'),
        '#description' => $this->t('In your own words: what it has to do, what a good result looks like, and what it has to leave alone. Never put secrets here: prompts are shown on the pages of runs.'),
        '#default_value' => $input->choice->task,
        '#rows' => 5,
        '#maxlength' => 20000,
        '#required' => TRUE,
      ],
    ];
  }

  /**
   * Which content.
   */
  public function content(QuickInput $input): array {
    return [
      '#type' => 'select',
      '#title' => $this->t('Which content?'),
      '#description' => $this->t('The content types with a field for this are offered.'),
      '#options' => array_map(static fn (ContentFit $fit): string => $fit->label, $input->fits),
      '#default_value' => $input->key(),
      '#required' => TRUE,
    ];
  }

  /**
   * Which field, where there are several.
   */
  public function field(QuickInput $input): array {
    $labels = $input->fit()->fieldLabels();
    return [
      '#type' => 'select',
      '#title' => $this->t('Which field?'),
      '#options' => $labels,
      '#default_value' => $input->field,
      '#required' => TRUE,
      '#access' => $input->field !== '' && count($labels) > 1,
    ];
  }

  /**
   * When it starts.
   */
  public function start(QuickInput $input): array {
    $labels = [
      'content' => $this->t('When content is published, or changed and published'),
      'daily' => $this->t('Every day at a time'),
      'hand' => $this->t('Only when somebody starts it'),
    ];
    return [
      '#type' => 'radios',
      '#title' => $this->t('When?'),
      '#options' => array_replace(array_flip($input->preset()->starts), array_intersect_key($labels, array_flip($input->preset()->starts))),
      '#default_value' => $input->choice->start,
      '#required' => TRUE,
    ];
  }

  /**
   * At what time of day.
   */
  public function time(QuickInput $input): array {
    return [
      '#type' => 'textfield',
      '#title' => $this->t('Time'),
      '#description' => $this->t('In the time zone of the site, @zone.', ['@zone' => $this->configFactory->get('system.date')->get('timezone.default') ?: 'UTC']),
      '#default_value' => $input->choice->time,
      '#size' => 8,
      '#maxlength' => 5,
      '#attributes' => ['type' => 'time'],
      '#access' => in_array('daily', $input->preset()->starts, TRUE),
      '#states' => ['visible' => [':input[name="start"]' => ['value' => 'daily']]],
    ];
  }

  /**
   * Who looks at it.
   */
  public function reviewers(QuickInput $input): array {
    $content = $input->choice->content;
    $told = $this->holders->told($this->people->toReview($content, $this->workflows->of($content->entityType, $content->bundle), $this->formats->permissions($content)));
    return [
      '#type' => 'select',
      '#title' => $this->t('Who looks at it?'),
      '#description' => $told === '' ? $this->t('Nobody has the permissions for that now.') : $this->t('Who may review such drafts now: @roles.', ['@roles' => $told]),
      '#options' => ['' => $this->t('Those who may review now')] + array_map(static fn (RoleInterface $role): string => (string) $role->label(), $this->holders->people()),
      '#default_value' => $input->choice->reviewers,
    ];
  }

  /**
   * The model, and a name.
   */
  public function model(QuickInput $input): array {
    return $this->models->elements('model', 'model', $input->choice->model, [
      '#title' => $this->t('Model'),
      '#required' => TRUE,
    ]) + [
      'name' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name'),
        '#description' => $this->t('Empty: it is called by what it does.'),
        '#default_value' => $input->choice->label,
        '#maxlength' => 100,
      ],
    ];
  }

}
