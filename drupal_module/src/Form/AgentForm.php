<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\Agent\KnownGaps;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\Agent\AgentFormParts;
use Drupal\background_agents\Form\Agent\ReadyCheck;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Adds and edits an agent.
 *
 * @internal
 */
final class AgentForm extends EntityForm {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly AgentFormParts $parts,
    private readonly ReadyCheck $ready,
    private readonly KnownGaps $gaps,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self(
      $container->get(AgentFormParts::class),
      $container->get(ReadyCheck::class),
      $container->get(KnownGaps::class),
    );
  }

  /**
   * {@inheritdoc}
   */
  public function form(array $form, FormStateInterface $form_state): array {
    $form = parent::form($form, $form_state);
    $agent = $this->agent();
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['missing'] = $this->missing($agent);
    $form += $this->identity($agent);
    $form['tabs'] = ['#type' => 'vertical_tabs', '#weight' => 10];
    foreach ($this->parts->all() as $key => $part) {
      $form[$key] = ['#type' => 'details', '#group' => 'tabs', '#tree' => TRUE] + $part->build($agent, $form_state);
    }
    return $form;
  }

  /**
   * Label, machine name, description and whether it is active.
   */
  private function identity(Agent $agent): array {
    return [
      'label' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name'),
        '#default_value' => $agent->label(),
        '#maxlength' => 255,
        '#required' => TRUE,
      ],
      'id' => [
        '#default_value' => $agent->isNew() ? NULL : $agent->id(),
        '#disabled' => !$agent->isNew(),
      ] + AgentId::element(),
      'description' => [
        '#type' => 'textfield',
        '#title' => $this->t('Description'),
        '#description' => $this->t('What it is good for, for people who start it or build with it.'),
        '#default_value' => $agent->getDescription(),
        '#maxlength' => 1000,
      ],
      'status' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Active'),
        '#description' => $this->t('An agent that is not active starts no runs. Runs that go on are not touched; cancel them on their pages.'),
        '#default_value' => $agent->status(),
      ],
    ];
  }

  /**
   * What is missing before this agent can work.
   */
  private function missing(Agent $agent): array {
    $missing = $agent->isNew() ? [] : [...$this->ready->missing($agent), ...$this->gaps->of($agent)];
    return [
      '#theme' => 'status_messages',
      '#message_list' => ['warning' => array_map(fn (string|\Stringable $text) => $this->t('@text', ['@text' => $text]), $missing)],
      '#status_headings' => ['warning' => $this->t('What is missing before this agent can work')],
      '#weight' => -100,
      '#access' => $missing !== [],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    parent::validateForm($form, $form_state);
    if (is_array($form_state->getTriggeringElement()['#limit_validation_errors'] ?? NULL)) {
      // Nothing is saved: a server is added, or a row is looked at.
      return;
    }
    foreach ($this->parts->all() as $key => $part) {
      $part->validate($form[$key], $form_state);
    }
    $entity = $this->buildEntity($form, $form_state);
    assert($entity instanceof Agent);
    foreach ($entity->status() ? $entity->aiAgentProblems() : [] as $problem) {
      $form_state->setErrorByName('status', $this->t('It cannot be active. @problem', ['@problem' => $problem]));
    }
    $this->parts->account->validateRights($entity, $form['account'], $form_state);
    $this->ready->validate($entity, $form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function afterBuild(array $element, FormStateInterface $form_state): array {
    $element = parent::afterBuild($element, $form_state);
    if ($form_state->isProcessingInput() && isset($element['content']['table'])) {
      $this->parts->content->check($element['content'], $this->agent(), $form_state);
    }
    return $element;
  }

  /**
   * {@inheritdoc}
   */
  protected function copyFormValuesToEntity(EntityInterface $entity, array $form, FormStateInterface $form_state): void {
    assert($entity instanceof Agent);
    foreach (['label', 'description'] as $key) {
      $entity->set($key, trim((string) $form_state->getValue($key)));
    }
    if ($entity->isNew()) {
      $entity->set('id', $form_state->getValue('id'));
    }
    $entity->setStatus((bool) $form_state->getValue('status'));
    if (($form_state->getTriggeringElement()['#name'] ?? '') === 'background_agents_mcp_add') {
      return;
    }
    foreach ($this->parts->all() as $part) {
      $part->apply($entity, $form_state);
    }
  }

  /**
   * {@inheritdoc}
   */
  public function save(array $form, FormStateInterface $form_state): int {
    $agent = $this->agent();
    // First the workflows: which permissions are needed depends on them.
    $done = $this->parts->content->moderate($form_state);
    array_push($done, ...$this->parts->account->provide($agent, $form_state));
    array_push($done, ...$this->ready->grant($agent, $form_state));
    foreach ($done as $told) {
      $this->messenger()->addStatus($told);
    }
    $obstacles = $this->ready->settle($agent);
    $result = $agent->save();
    if ($obstacles !== []) {
      $this->messenger()->addWarning($this->t('It has been saved disabled, because it could do nothing yet: @reasons Enable it in the list of agents when that is done.', ['@reasons' => implode(' ', $obstacles)]));
    }
    $this->parts->review->settle($form_state);
    $this->messenger()->addStatus($result === SAVED_NEW ? $this->t('The agent %label has been added.', ['%label' => $agent->label()]) : $this->t('The agent %label has been saved.', ['%label' => $agent->label()]));
    $missing = $this->ready->missing($agent);
    if ($missing !== []) {
      // The form that comes next says all of it.
      $form_state->setRedirectUrl($agent->toUrl('edit-form'));
      return $result;
    }
    foreach ($this->gaps->of($agent) as $text) {
      $this->messenger()->addWarning($this->t('@text', ['@text' => $text]));
    }
    $form_state->setRedirectUrl($agent->toUrl('collection'));
    return $result;
  }

  private function agent(): Agent {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    return $agent;
  }

}
