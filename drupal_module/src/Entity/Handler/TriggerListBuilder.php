<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Form\TriggerFilterForm;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\background_agents\Ui\TriggerLast;
use Drupal\background_agents\Ui\TriggerText;
use Drupal\Core\Config\Entity\ConfigEntityListBuilder;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityStorageInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Entity\Query\QueryInterface;
use Drupal\Core\Form\FormBuilderInterface;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * Lists the triggers, each in words.
 *
 * @internal
 */
final class TriggerListBuilder extends ConfigEntityListBuilder {

  /**
   * What came of each trigger last, by id.
   *
   * @var array<string, array<string, mixed>>
   */
  private array $results = [];

  /**
   * The agents, by id.
   *
   * @var array<string, \Drupal\background_agents\Entity\Agent>
   */
  private array $agents = [];

  public function __construct(
    EntityTypeInterface $entity_type,
    EntityStorageInterface $storage,
    private readonly TriggerText $text,
    private readonly TriggerLast $last,
    private readonly StopNotice $stopNotice,
    private readonly FormBuilderInterface $formBuilder,
    private readonly RequestStack $requestStack,
  ) {
    parent::__construct($entity_type, $storage);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self(
      $entity_type,
      $container->get('entity_type.manager')->getStorage($entity_type->id()),
      $container->get(TriggerText::class),
      $container->get(TriggerLast::class),
      $container->get(StopNotice::class),
      $container->get('form_builder'),
      $container->get('request_stack'),
    );
  }

  /**
   * {@inheritdoc}
   */
  protected function getEntityListQuery(): QueryInterface {
    $agent = TriggerFilterForm::agent($this->requestStack->getCurrentRequest());
    $query = parent::getEntityListQuery();
    return $agent === '' ? $query : $query->condition('agent', $agent);
  }

  /**
   * {@inheritdoc}
   */
  public function load(): array {
    /** @var \Drupal\background_agents\Entity\Trigger[] $triggers */
    $triggers = parent::load();
    $this->results = $this->last->of($triggers);
    $this->agents = Agent::loadMultiple();
    return $triggers;
  }

  /**
   * {@inheritdoc}
   */
  public function render(): array {
    $build = parent::render();
    $isFiltered = TriggerFilterForm::agent($this->requestStack->getCurrentRequest()) !== '';
    $hasTriggers = $build['table']['#rows'] !== [];
    $build['table']['#empty'] = $isFiltered ? $this->t('This agent has no trigger.') : $this->t('There are no triggers yet. <a href=":url">Add the first one</a>, or start agents by hand, by ECA models and by programs.', [':url' => Url::fromRoute('entity.background_agents_trigger.add_form')->toString()]);
    $build['table'] = CardTable::of($build['table'], $this->t('Triggers'));
    $build['#attached']['library'][] = 'background_agents/admin';
    $build['stopped'] = $this->stopNotice->warning() ?? [];
    $build['filter'] = $isFiltered || $hasTriggers ? $this->formBuilder->getForm(TriggerFilterForm::class) + ['#weight' => -5] : [];
    $build['#cache']['max-age'] = 0;
    return $build;
  }

  /**
   * {@inheritdoc}
   */
  public function buildHeader(): array {
    return [
      'label' => $this->t('Trigger'),
      'agent' => $this->t('Agent'),
      'when' => $this->t('Starts it'),
      'next' => $this->t('Next'),
      'last' => $this->t('Last'),
      'status' => $this->t('Status'),
    ] + parent::buildHeader();
  }

  /**
   * {@inheritdoc}
   */
  public function buildRow(EntityInterface $entity): array {
    assert($entity instanceof Trigger);
    return [
      'label' => $entity->label(),
      'agent' => ($this->agents[$entity->getAgentId()] ?? NULL)?->label() ?? $entity->getAgentId(),
      'when' => [
        'data' => [
          'rule' => ['#plain_text' => (string) $this->text->rule($entity)],
          'more' => $this->note(implode('; ', $this->text->more($entity))),
        ],
      ],
      'next' => $this->text->next($entity),
      'last' => ['data' => $this->results[(string) $entity->id()] ?? ['#markup' => $this->t('never')]],
      'status' => ['data' => $this->status($entity)],
    ] + parent::buildRow($entity);
  }

  /**
   * Whether it can start its agent, and what keeps it from doing so.
   */
  private function status(Trigger $trigger): array {
    $agent = $this->agents[$trigger->getAgentId()] ?? NULL;
    $problem = match (TRUE) {
      !$trigger->status() => '',
      $agent === NULL => (string) $this->t('Its agent is gone: it starts nothing.'),
      !$agent->status() => (string) $this->t('Its agent is disabled: it starts nothing.'),
      default => '',
    };
    $tone = match (TRUE) {
      !$trigger->status() => 'info',
      $problem !== '' => 'warning',
      default => 'ok',
    };
    return [
      'badge' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-badge', "ba-badge--$tone"]],
        '#value' => $trigger->status() ? $this->t('Active') : $this->t('Disabled'),
      ],
      'problem' => $this->note($problem),
    ];
  }

  private function note(string $text): array {
    return [
      '#type' => 'html_tag',
      '#tag' => 'div',
      '#attributes' => ['class' => ['ba-meta']],
      'text' => ['#plain_text' => $text],
      '#access' => $text !== '',
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function getDefaultOperations(EntityInterface $entity): array {
    $operations = parent::getDefaultOperations($entity);
    if ($entity->access('update')) {
      $operations['clone'] = ['title' => $this->t('Clone'), 'weight' => 15, 'url' => $entity->toUrl('clone-form')];
    }
    return $operations;
  }

}
