<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Batch;

use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Batch\FieldConditions;
use Drupal\background_agents\Batch\ItemFilter;
use Drupal\background_agents\Batch\ItemQuery;
use Drupal\background_agents\Batch\Selection;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Chooses existing content by filters, to run an agent over it.
 *
 * @internal
 */
final class RunOverForm extends FormBase {

  use AutowireTrait;

  private const int DEFAULT_MOST = 200;

  public function __construct(
    private readonly ItemQuery $query,
    private readonly FieldConditions $fields,
    private readonly Selection $selection,
    private readonly ContentTypes $types,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LanguageManagerInterface $languages,
  ) {}

  /**
   * The title of the page.
   */
  public static function title(Agent $background_agents_agent): TranslatableMarkup {
    return new TranslatableMarkup('Run %label over existing content', ['%label' => $background_agents_agent->label()]);
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_over';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Agent $background_agents_agent = NULL): array {
    $agent = $background_agents_agent;
    assert($agent instanceof Agent);
    $form_state->set('agent', $agent->id());
    $form['#attached']['library'][] = 'background_agents/admin';
    $kinds = $this->kinds($agent);
    if ($kinds === []) {
      $form['none'] = ['#markup' => '<p>' . $this->t('This agent may not work on any content. Say in its form what it may do with what.') . '</p>'];
      return $form;
    }
    $form['intro'] = ['#markup' => '<p>' . $this->t('Choose what the agent is to be run over. The next page shows the items and what it will cost; nothing is started before.') . '</p>'];
    $form += $this->conditions($agent, $kinds);
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Show items and cost'), '#button_type' => 'primary'],
    ];
    return $form;
  }

  /**
   * What the content has to be.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, string> $kinds
   *   As kinds() gives them.
   */
  private function conditions(Agent $agent, array $kinds): array {
    $elements = [];
    $elements['kind'] = [
      '#type' => 'radios',
      '#title' => $this->t('Content'),
      '#options' => $kinds,
      '#default_value' => array_key_first($kinds),
      '#required' => TRUE,
    ];
    $elements['langcode'] = $this->languageChoice($agent);
    $elements['published'] = [
      '#type' => 'select',
      '#title' => $this->t('Published'),
      '#options' => [
        '' => $this->t('- Any -'),
        '1' => $this->t('Only what is published'),
        '0' => $this->t('Only what is not published'),
      ],
      '#default_value' => '1',
    ];
    $elements['since'] = ['#type' => 'date', '#title' => $this->t('Changed since')];
    $elements['term'] = [
      '#type' => 'entity_autocomplete',
      '#target_type' => 'taxonomy_term',
      '#title' => $this->t('With the term'),
      '#access' => $this->entityTypeManager->hasDefinition('taxonomy_term'),
    ];
    $elements['empty'] = $this->emptyChoice($agent, array_keys($kinds));
    $elements['most'] = [
      '#type' => 'number',
      '#title' => $this->t('At most'),
      '#field_suffix' => $this->t('items'),
      '#description' => $this->t('Those that were changed last.'),
      '#default_value' => self::DEFAULT_MOST,
      '#min' => 1,
      '#max' => BatchMaker::MOST,
      '#required' => TRUE,
    ];
    return $elements;
  }

  /**
   * The kinds of content that the agent may work on.
   *
   * @return array<string, string>
   *   Labels by entity type and bundle with a full stop between them.
   */
  private function kinds(Agent $agent): array {
    $kinds = [];
    foreach (array_intersect_key($this->types->labels(), $agent->getContent()) as $type => $label) {
      $labels = $this->types->bundleLabels($type);
      foreach (ChosenItems::bundles($agent, $type) as $bundle) {
        $kinds["$type.$bundle"] = $label . ': ' . ($labels[$bundle] ?? $bundle);
      }
    }
    return $kinds;
  }

  private function languageChoice(Agent $agent): array {
    $languages = array_map(static fn (LanguageInterface $language): string => $language->getName(), $this->languages->getLanguages());
    $options = array_filter($languages, $agent->mayWriteLanguage(...), ARRAY_FILTER_USE_KEY);
    return [
      '#type' => 'select',
      '#title' => $this->t('Language'),
      '#options' => ['' => $this->t('- Any -')] + $options,
      '#access' => $this->languages->isMultilingual(),
    ];
  }

  /**
   * Fields one of which may have to be empty.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string[] $kinds
   *   As kinds() names them.
   */
  private function emptyChoice(Agent $agent, array $kinds): array {
    $options = [];
    foreach (array_unique(array_map(static fn (string $kind): string => explode('.', $kind)[0], $kinds)) as $type) {
      $options += $this->fields->choices($type, ChosenItems::bundles($agent, $type), $this->currentUser());
    }
    return [
      '#type' => 'select',
      '#title' => $this->t('Where this is empty'),
      '#options' => ['' => $this->t('- Any -')] + $options,
      '#description' => $this->t('For example, all articles without a summary.'),
      '#access' => $options !== [],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $agent = Agent::load((string) $form_state->get('agent'));
    if ($agent === NULL || !is_string($form_state->getValue('kind'))) {
      $form_state->setErrorByName('', $this->t('The agent is gone, or may not work on content.'));
      return;
    }
    $filter = $this->filter($agent, $form_state->getValues());
    $count = $this->query->count($filter, $this->currentUser());
    if ($count === 0) {
      $form_state->setErrorByName('', $this->t('No item that you may see fits. Take fewer conditions.'));
    }
    $form_state->set('filter', $filter);
    $form_state->set('found', $count);
  }

  private function filter(Agent $agent, array $values): ItemFilter {
    [$type, $bundle] = explode('.', $values['kind'], 2);
    $langcode = (string) ($values['langcode'] ?? '');
    $since = ($values['since'] ?? '') === '' ? FALSE : strtotime($values['since'] . ' 00:00:00');
    return new ItemFilter(
      $type,
      [$bundle],
      $langcode === '' ? $agent->getBinding()['langcodes'] : [$langcode],
      ($values['published'] ?? '') === '' ? NULL : (bool) $values['published'],
      $since === FALSE ? NULL : $since,
      empty($values['term']) ? NULL : (int) $values['term'],
      ($values['empty'] ?? '') === '' ? NULL : (string) $values['empty'],
    );
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $filter = $form_state->get('filter');
    assert($filter instanceof ItemFilter);
    $items = $this->query->find($filter, $this->currentUser(), (int) $form_state->getValue('most'));
    $key = static fn (BatchItem $item): array => [$item->id, $item->langcode];
    $this->selection->keep($filter->entityType, array_map($key, $items), $form_state->get('found'));
    $form_state->setRedirect('background_agents.batch_start', [], ['query' => ['agent' => $form_state->get('agent')]]);
  }

}
